import { uuidv7 } from 'uuidv7';
import type { WebhookEvent } from '../config/webhook-events.js';
import type { Queryable } from '../database/database.js';
import { insertEvent } from './sql/events.sql.js';
import { insertTaskEvent } from './sql/webhooks.sql.js';

/** What the statement that changed a task gives of it. */
export interface ToldTask {
  /** Somebody may be told of the change: it names an address, or there is one for all tasks. */
  has_webhook: boolean;
}

/**
 * Appends an event of a task as a whole, once the change it tells of is made and in the same transaction, and with it what webhooks are to be sent:
 * neither exists without the other. Where nobody is told, nothing but the event is looked at.
 */
export async function tellOfTask(
  tx: Queryable,
  { id, has_webhook }: ToldTask & { id: string },
  type: WebhookEvent,
  data: object,
): Promise<void> {
  if (has_webhook) await tx.query(insertTaskEvent, [id, type, data, uuidv7(), uuidv7()]);
  else await tx.query(insertEvent, [id, type, data]);
}
