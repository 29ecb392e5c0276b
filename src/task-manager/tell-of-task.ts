import { uuidv7 } from 'uuidv7';
import type { Settings } from '../config/settings.js';
import type { WebhookEvent } from '../config/webhook-events.js';
import type { Queryable } from '../database/database.js';
import { insertTaskEvent } from './sql/webhooks.sql.js';

/** The address that is told of all tasks, if there is one, and of which events. */
export type WebhookSettings = Pick<Settings, 'webhook_url' | 'webhook_events'>;

/**
 * Appends an event of a task as a whole, once the change it tells of is made and in the same transaction, and with it what webhooks are to be sent:
 * neither exists without the other.
 */
export async function tellOfTask(
  tx: Queryable,
  { webhook_url, webhook_events }: WebhookSettings,
  taskId: string,
  type: WebhookEvent,
  data: object,
): Promise<void> {
  const goesToAll = webhook_url !== undefined && webhook_events.includes(type);
  await tx.query(insertTaskEvent, [taskId, type, data, uuidv7(), uuidv7(), goesToAll]);
}
