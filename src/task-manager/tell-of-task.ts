import { uuidv7 } from 'uuidv7';
import type { Settings } from '../config/settings.js';
import type { WebhookEvent } from '../config/webhook-events.js';
import type { Queryable } from '../database/database.js';
import { insertEvent } from './sql/events.sql.js';
import { insertTaskEvent } from './sql/webhooks.sql.js';

/** The address that is told of all tasks, if there is one, and of which events. */
export type WebhookSettings = Pick<Settings, 'webhook_url' | 'webhook_events'>;

/** What the statement that changed a task gives of it. */
export interface ToldTask {
  /** It names an address that may be told of the change. */
  has_webhook: boolean;
}

/**
 * Appends an event of a task as a whole, once the change it tells of is made and in the same transaction, and with it what webhooks are to be sent:
 * neither exists without the other. Where nobody is told, nothing but the event is looked at.
 */
export async function tellOfTask(
  tx: Queryable,
  { webhook_url, webhook_events }: WebhookSettings,
  { id, has_webhook }: ToldTask & { id: string },
  type: WebhookEvent,
  data: object,
): Promise<void> {
  const goesToAll = webhook_url !== undefined && webhook_events.includes(type);
  if (has_webhook || goesToAll) await tx.query(insertTaskEvent, [id, type, data, uuidv7(), uuidv7(), goesToAll]);
  else await tx.query(insertEvent, [id, type, data]);
}
