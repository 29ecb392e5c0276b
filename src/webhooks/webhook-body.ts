import { shownResults, taskPath, type ShownResult } from '../requests/shown-results.js';
import type { WebhookEvent } from '../config/webhook-events.js';
import type { StoredError } from '../errors/ocr-error.js';
import type { Format, Priority, TaskStatus } from '../task-manager/task.types.js';
import type { ClaimedDelivery } from './webhook.types.js';

/** What a webhook tells: the task as it was when the event happened, in the words of the API. */
export interface WebhookBody {
  /** That of the header `webhook-id`. */
  id: string;
  type: WebhookEvent;
  /** When the event happened. */
  created_at: string;
  event_id: string;
  task_id: string;
  name: string;
  status: TaskStatus;
  priority: Priority;
  tenant: string | null;
  batch_id: string | null;
  run: number;
  metadata: Record<string, unknown>;
  pages: { total: number | null; done: number; failed: number };
  page_count: number | null;
  /** The first thousand. */
  failed_pages: StoredError[];
  error: StoredError | null;
  results: Partial<Record<Format, ShownResult>>;
  task_created_at: string;
  started_at: string | null;
  finished_at: string | null;
  links: { self: string; result: string; events: string; webhooks: string };
}

/** The same at every attempt. */
export function webhookBody({ id, type, created_at, event_id, task_id, snapshot }: ClaimedDelivery): WebhookBody {
  const self = taskPath(task_id);
  return {
    id,
    type,
    created_at: created_at.toISOString(),
    event_id,
    task_id,
    name: snapshot.name,
    status: snapshot.status,
    priority: snapshot.priority,
    tenant: snapshot.tenant === '' ? null : snapshot.tenant,
    batch_id: snapshot.batch_id,
    run: snapshot.run,
    metadata: snapshot.metadata,
    pages: { total: snapshot.pages_total, done: snapshot.pages_done, failed: snapshot.pages_failed },
    page_count: snapshot.page_count,
    failed_pages: snapshot.failed_pages,
    error: snapshot.error,
    results: shownResults(task_id, snapshot.results),
    task_created_at: isoOf(snapshot.created_at),
    started_at: snapshot.started_at && isoOf(snapshot.started_at),
    finished_at: snapshot.finished_at && isoOf(snapshot.finished_at),
    links: { self, result: `${self}/result`, events: `${self}/events`, webhooks: `${self}/webhooks` },
  };
}

function isoOf(moment: string): string {
  return new Date(moment).toISOString();
}
