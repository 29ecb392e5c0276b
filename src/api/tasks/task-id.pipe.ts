import { IdPipe } from '../http/id.pipe.js';

/** A task id in an address. */
export class TaskIdPipe extends IdPipe {
  constructor() {
    super('task_not_found');
  }
}
