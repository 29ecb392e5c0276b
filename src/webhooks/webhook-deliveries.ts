import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { TaskQueries } from '../task-manager/task-queries.js';
import { deliveriesOf, redeliver } from './sql/deliveries.sql.js';
import type { Delivery } from './webhook.types.js';

/** What was sent of tasks, for people and programs. */
@Injectable()
export class WebhookDeliveries {
  constructor(
    private readonly database: Database,
    private readonly queries: TaskQueries,
  ) {}

  /** Those of a task after the one of the id `after`, oldest first. @throws OcrError task_not_found */
  async list(taskId: string, after: string, limit: number): Promise<Delivery[]> {
    const { rows } = await this.database.query<Delivery>(deliveriesOf, [taskId, after, limit]);
    if (rows.length === 0) await this.queries.get(taskId);
    return rows;
  }

  /** Has one sent once more, under the same id, however it has ended. @throws OcrError task_not_found, webhook_not_found */
  async redeliver(taskId: string, id: string): Promise<Delivery> {
    const { rows } = await this.database.query<Delivery>(redeliver, [taskId, id]);
    if (rows[0] !== undefined) return rows[0];
    await this.queries.get(taskId);
    throw new OcrError('webhook_not_found');
  }
}
