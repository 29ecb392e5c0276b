import { JobEntity } from './job.entity.js';
import { PageEntity } from './page.entity.js';
import { TaskEntity } from './task.entity.js';

/** The classes the rows of tasks are read as: what `DatabaseModule.with` is given. */
export const TASK_ENTITIES = [TaskEntity, JobEntity, PageEntity];
