import { WORKER_SEEN_AT } from '../../task-manager/sql/attention.sql.js';

/** The database's clock, in seconds. */
export const databaseTime = {
  name: 'ocr_database_time',
  text: `SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds`,
};

/**
 * After the database's clock went back: what should have begun by now would wait until the clock is where it was. Jobs and tasks
 * that wait for a moment to come, and webhooks, may begin at once (a backoff is cut short, which does no harm); leases and circuits last as
 * long from now as they did from when they were set; tasks stand where they would if they came now. Each may be repeated, also on every node at once. $1 most rows
 */
export const REPAIRS_IN_BATCHES = [
  {
    name: 'ocr_begin_jobs_at_once',
    text: `UPDATE ocr_jobs SET run_at = now() WHERE id IN
             (SELECT id FROM ocr_jobs WHERE state = 'waiting' AND run_at > now() LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)`,
  },
  {
    name: 'ocr_begin_tasks_at_once',
    text: `UPDATE ocr_tasks SET ready_at = now() WHERE id IN
             (SELECT id FROM ocr_tasks WHERE status IN ('queued', 'running', 'paused') AND ready_at > now()
              LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)`,
  },
  {
    // All as if queued now, in the order they came in. Places of the future would stand behind what comes next.
    name: 'ocr_place_tasks_anew',
    text: `UPDATE ocr_tasks SET enqueued_at = now(),
             sort_key = sort_key - (extract(epoch FROM enqueued_at) * 1000)::bigint + (extract(epoch FROM now()) * 1000)::bigint
           WHERE id IN
             (SELECT id FROM ocr_tasks WHERE status IN ('queued', 'running', 'paused') AND enqueued_at > now()
              ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)`,
  },
  {
    name: 'ocr_begin_webhooks_at_once',
    text: `UPDATE ocr_webhook_deliveries SET next_attempt_at = now() WHERE id IN
             (SELECT id FROM ocr_webhook_deliveries WHERE state = 'waiting' AND next_attempt_at > now()
              LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)`,
  },
] as const;

/** See {@link REPAIRS_IN_BATCHES}: the few rows of nodes, circuits and tenants, whose turns are counted anew with what they next hand in, and when the last worker was seen. */
export const REPAIRS = [
  {
    name: 'ocr_begin_leases_anew',
    text: `UPDATE ocr_nodes SET lease_until = now() + (lease_until - heartbeat_at), heartbeat_at = now() WHERE heartbeat_at > now()`,
  },
  {
    name: 'ocr_begin_circuits_anew',
    text: `UPDATE ocr_circuits SET open_until = now() + (open_until - updated_at), updated_at = now() WHERE updated_at > now()`,
  },
  {
    name: 'ocr_count_turns_anew',
    text: `UPDATE ocr_tenants SET counted_at = '-infinity' WHERE counted_at > now()`,
  },
  {
    name: 'ocr_see_workers_anew',
    text: `UPDATE ocr_settings SET value = to_jsonb(now()), updated_at = now()
           WHERE name = '${WORKER_SEEN_AT}' AND (value #>> '{}')::timestamptz > now()`,
  },
] as const;
