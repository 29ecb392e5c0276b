import type { WebhookEvent } from '../config/webhook-events.js';
import type { StoredError } from '../errors/ocr-error.js';
import type { Format, Priority, TaskResult, TaskStatus } from '../task-manager/task.types.js';

/** The `receiver` of what goes to the address configured for all tasks. */
export const CONFIGURED = '*';

/** The host of a receiver, for people: what follows it tells its path from others there. */
export function hostOf(receiver: string): string {
  return receiver.split('/', 1)[0]!;
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A task at the moment of an event, as `ocr_insert_task_event` keeps it. Moments are ISO 8601, with any offset. */
export interface TaskSnapshot {
  name: string;
  status: TaskStatus;
  priority: Priority;
  tenant: string;
  batch_id: string | null;
  run: number;
  metadata: Record<string, unknown>;
  error: StoredError | null;
  results: Partial<Record<Format, TaskResult>>;
  page_count: number | null;
  pages_total: number | null;
  pages_done: number;
  pages_failed: number;
  failed_pages: StoredError[];
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** A delivery this node has claimed. */
export interface ClaimedDelivery {
  /** The same at every attempt: receivers know by it what they have had already. */
  id: string;
  task_id: string;
  event_id: string;
  type: WebhookEvent;
  receiver: string;
  /** Null: the configured address. */
  url: string | null;
  snapshot: TaskSnapshot;
  /** This one counted. */
  attempts: number;
  /** When the event happened. */
  created_at: Date;
  token: string;
}

/** A delivery as people are shown it, but for what its address hides. */
export interface Delivery {
  id: string;
  task_id: string;
  event_id: string;
  type: WebhookEvent;
  url: string | null;
  state: DeliveryState;
  attempts: number;
  next_attempt_at: Date;
  last_attempt_at: Date | null;
  last_status: number | null;
  error: StoredError | null;
  created_at: Date;
  ended_at: Date | null;
}
