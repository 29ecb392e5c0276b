import { isHeld } from './circuits.sql.js';
import { CLAIM_ROW, STARTED_EVENTS } from './claim.sql.js';
import { fromNow } from './from-now.js';
import { LAZILY } from './lazily.js';
import { mostOpen, openTasks } from './open-tasks.js';
import { eventsForAll } from './webhooks.sql.js';

/** What differs when a task is made and its preparation claimed in one statement. */
interface Making {
  /** Parts of the statement that go before, with a comma each. */
  before: string;
  /** What the tasks are read from beside the parameter, with a comma. */
  from: string;
  /** Whether a task that is not held is in work from the start. */
  direct: string;
  /** Reads `made` and `prepared`. */
  result: string;
}

const TOLD = `
    INSERT INTO ocr_events (task_id, type, data)
    SELECT id, 'task.queued', jsonb_build_object('status', 'queued', 'priority', priority)
      || CASE WHEN held THEN '{"held": true}' ELSE '{}' END::jsonb FROM made`;

/**
 * New tasks, each with its preparation and its first event, in one statement however many they are, and only if the idempotency
 * key they come under, if any, is taken by it: another transaction that takes the same key is waited for. A task is held from
 * the start when its provider's circuit is open. No row when the key is somebody else's.
 * $1 the tasks as a JSON array, $2 key or null, $3 its fingerprint, $4 the first task's id, $5 batch or null
 */
const insertion = ({ before, from, direct, result }: Making) => `
    WITH ${before}given AS MATERIALIZED (
      SELECT given.*, ${isHeld('given.options')} AS held
      FROM ${from}jsonb_to_recordset($1::jsonb) AS given (
        id uuid, priority text, place bigint, name text, source jsonb, options jsonb, metadata jsonb, secrets jsonb,
        tenant text, batch_id uuid, fair_delay bigint)
    ), taken AS (
      INSERT INTO ocr_idempotency_keys (key, fingerprint, task_id, batch)
      SELECT $2::text, $3::text, CASE WHEN $5::jsonb IS NULL THEN $4::uuid END, $5::jsonb WHERE $2::text IS NOT NULL
      ON CONFLICT (key) DO NOTHING RETURNING key
    ), made AS (
      INSERT INTO ocr_tasks (id, priority, sort_key, name, source, options, metadata, secrets, tenant, batch_id, enqueued_at,
        fair_delay, held, status, started_at)
      SELECT id, priority, ${fromNow('place')}, name, source, options, metadata, secrets, tenant, batch_id, now(), fair_delay, held,
        CASE WHEN NOT held AND ${direct} THEN 'running' ELSE 'queued' END, CASE WHEN NOT held AND ${direct} THEN now() END
      FROM given
      WHERE $2::text IS NULL OR EXISTS (SELECT FROM taken)
      RETURNING *
    )${result}`;

export const insertTasks = {
  name: 'ocr_insert_tasks',
  text: insertion({
    before: '',
    from: '',
    direct: 'false',
    result: `, prepared AS (
      INSERT INTO ocr_jobs (task_id, kind, position) SELECT id, 'prepare', 0 FROM made
    )${TOLD}`,
  }),
};

/**
 * The same without waiting for the disk: `flushTask` makes it durable. And a node may take the preparation with it, as `claimJob` would
 * do next: where fewer tasks are open than may be the new one is open too, and where all of those are in work it is the first in turn. One
 * row if the task was made, with what the node got, or nulls. One task only. $1 to $5, $6 node id or null, $7 new claim token,
 * $8 max_concurrent_tasks
 */
export const insertTaskLazily = {
  name: 'ocr_insert_task_lazily',
  text: insertion({
    before: `${LAZILY}, open AS MATERIALIZED (
      SELECT $6::uuid IS NOT NULL AND count(*) < ${mostOpen('$8')} AND count(*) FILTER (WHERE status = 'queued') = 0 AS is_next
      FROM (${openTasks('status', '$8', '$6::uuid IS NOT NULL')}) AS open_task
    ), `,
    from: 'lazily, ',
    direct: '(SELECT is_next FROM open)',
    result: `, prepared AS (
      INSERT INTO ocr_jobs (task_id, kind, position, state, node_id, claim_token, attempt, started_at)
      SELECT id, 'prepare', 0, 'running', $6, $7::uuid, 1, clock_timestamp() FROM made WHERE status = 'running'
      UNION ALL
      SELECT id, 'prepare', 0, 'waiting', NULL, NULL, 0, NULL FROM made WHERE status = 'queued'
      RETURNING id AS job_id, task_id, claim_token AS token, node_id, kind, position, first_page, last_page, attempt, stalls
    ), claimed AS (
      SELECT * FROM prepared WHERE token IS NOT NULL
    ), started AS (
      SELECT task_id AS id FROM claimed
    ), told AS (${TOLD}
      UNION ALL ${STARTED_EVENTS}
    )
    SELECT ${CLAIM_ROW} FROM made AS task LEFT JOIN claimed ON claimed.task_id = task.id`,
  }),
};

/** Unfinished tasks, counted no further than needed. $1 the limit */
export const countUnfinished = {
  name: 'ocr_count_unfinished',
  text: `SELECT count(*)::int AS count FROM
    (SELECT 1 FROM ocr_tasks WHERE status IN ('queued', 'running', 'paused') LIMIT $1) AS unfinished`,
};

export const readStatus = {
  name: 'ocr_read_status',
  text: `SELECT status, run, merge_only, priority, options, enqueued_at, fair_delay, tenant, secrets ->> 'password' AS password FROM ocr_tasks WHERE id = $1`,
};

/** Whether somebody may be told of a task's change: it names an address, or there is one for all. Mostly not, and then its event is all there is to write. */
const HAS_WEBHOOK = `(options ? 'webhook_url' OR EXISTS (${eventsForAll})) AS has_webhook`;

/**
 * What ends a pause, of a task that is in one. After its start the pause counts with the others of its run, to be left out of the run's
 * time; before, the task waits as much later.
 */
const END_OF_PAUSE = `
      paused_ms = paused_ms + CASE WHEN status = 'paused' AND started_at IS NOT NULL AND paused_at IS NOT NULL
        THEN (extract(epoch FROM greatest(now() - paused_at, '0')) * 1000)::bigint ELSE 0 END,
      requeued_at = CASE WHEN status = 'paused' AND started_at IS NULL
        THEN coalesce(requeued_at, created_at) + greatest(now() - paused_at, '0') ELSE requeued_at END`;

/**
 * Changes a task's status where the transition table allows it. $1 task id, $2 new status, $3 statuses it may come from.
 * A final status sets the end; leaving one clears it. Tells whether the task is held, and whether it has a webhook.
 */
export const changeStatus = {
  name: 'ocr_change_status',
  text: `
    UPDATE ocr_tasks SET
      status = $2,
      finished_at = CASE WHEN $2 IN ('completed', 'completed_with_errors', 'failed', 'cancelled') THEN now() END,
      paused_at = CASE WHEN $2 = 'paused' THEN now() END,${END_OF_PAUSE},
      updated_at = now()
    WHERE id = $1 AND status = ANY ($3::text[])
    RETURNING held, ${HAS_WEBHOOK}`,
};

/** Confidence (0..100) of a page under which its reading is doubtful. */
export const DOUBTFUL_CONFIDENCE = 70;
/** The share of doubtful pages from which the whole task was read with low confidence. */
const DOUBTFUL_SHARE = 0.25;

/**
 * Ends a task with its results, and says how surely it was read: the mean over all words of recognised pages, the doubtful pages,
 * the worst one. $1 task id, $2 status, $3 results, $4 statuses it may come from, $5 why a format is missing, or null
 */
export const completeTask = {
  name: 'ocr_complete_task',
  text: `
    UPDATE ocr_tasks SET
      status = $2, results = $3, error = $5, finished_at = now(), updated_at = now(),
      secrets = CASE WHEN $2 = 'completed' THEN NULL ELSE secrets END,
      confidence = read.mean, doubtful_pages = read.doubtful, worst_page = read.worst,
      low_confidence = read.pages > 0 AND (read.mean < ${DOUBTFUL_CONFIDENCE} OR read.doubtful >= ${DOUBTFUL_SHARE} * read.pages)
    FROM (
      SELECT sum(confidence * words) / sum(words) AS mean, count(*) AS pages,
        count(*) FILTER (WHERE confidence < ${DOUBTFUL_CONFIDENCE}) AS doubtful,
        (array_agg(page ORDER BY confidence, page))[1] AS worst
      FROM ocr_pages WHERE task_id = $1 AND source = 'recognised' AND words > 0 AND confidence IS NOT NULL
    ) AS read
    WHERE id = $1 AND status = ANY ($4::text[])
    RETURNING ${HAS_WEBHOOK}`,
};

/** Ends a task with an error. $1 task id, $2 error, $3 statuses it may come from */
export const failTask = {
  name: 'ocr_fail_task',
  text: `
    UPDATE ocr_tasks SET status = 'failed', error = $2, finished_at = now(), updated_at = now(), paused_at = NULL,${END_OF_PAUSE}
    WHERE id = $1 AND status = ANY ($3::text[])
    RETURNING ${HAS_WEBHOOK}`,
};

/**
 * Sends a task through again: a run with a start of its own. Tells as `changeStatus` does.
 * $1 task id, $2 its place from now, $3 statuses it may come from, $4 options, $5 new secrets or null,
 * $6 milliseconds it stands back for its tenant
 */
export const requeueTask = {
  name: 'ocr_requeue_task',
  text: `
    UPDATE ocr_tasks SET status = 'queued', run = run + 1, sort_key = ${fromNow('$2')}, ready_at = now(), error = NULL, finished_at = NULL,
      started_at = NULL, requeued_at = now(), paused_ms = 0, merge_only = false, updated_at = now(), options = $4, enqueued_at = now(),
      fair_delay = $6, secrets = coalesce($5::jsonb, secrets),
      held = ${isHeld('$4::jsonb')}
    WHERE id = $1 AND status = ANY ($3::text[])
    RETURNING held, ${HAS_WEBHOOK}`,
};

/** Another place in the queue. $1 task id, $2 priority, $3 sort key, $4 statuses in which that matters */
export const setPriority = {
  name: 'ocr_set_priority',
  text: `UPDATE ocr_tasks SET priority = $2, sort_key = $3, updated_at = now() WHERE id = $1 AND status = ANY ($4::text[])`,
};

/** What opening the document told. $1 task id, $2 store key of its PDF, $3 pages in it, $4 pages the task treats */
export const setDocument = {
  name: 'ocr_set_document',
  text: `UPDATE ocr_tasks SET document_key = $2, page_count = $3, pages_total = $4, updated_at = now() WHERE id = $1`,
};

/**
 * Recomputes when a task has work again: now while a job runs or is due, else at its next job's run_at. A task that only
 * waits for a backoff so holds no place among the open ones. $1 task id
 */
export const recomputeReadyAt = {
  name: 'ocr_recompute_ready_at',
  text: `
    UPDATE ocr_tasks SET ready_at = coalesce(
      (SELECT min(CASE WHEN state = 'running' THEN now() ELSE greatest(run_at, now()) END)
         FROM ocr_jobs WHERE task_id = $1 AND state IN ('waiting', 'running')), now())
    WHERE id = $1`,
};

/** Locks a task's row until the transaction ends; the order of locks is always job first, then task. $1 task id */
export const lockTask = {
  name: 'ocr_lock_task',
  text: `SELECT status, options, page_count FROM ocr_tasks WHERE id = $1 FOR NO KEY UPDATE`,
};

/** Finished pages the speed of a task in work is told by. Looked at with every look at its progress, so not all of them. */
const PAGES_TIMED = 200;

/** How far tasks have come. $1 task ids */
export const readProgress = {
  name: 'ocr_read_progress',
  text: `
    SELECT t.id AS task_id, t.status, t.held AND t.status IN ('queued', 'running') AS held, t.pages_total,
      coalesce(j.done, 0)::int AS pages_done, coalesce(j.failed, 0)::int AS pages_failed, coalesce(j.begun, 0)::int AS pages_begun,
      coalesce(p.kept, 0)::int AS kept, coalesce(p.kept_ms, 0)::float8 AS kept_ms,
      coalesce(p.read, 0)::int AS read, coalesce(p.read_ms, 0)::float8 AS read_ms,
      (SELECT coalesce(sum(slots), 0)::int FROM ocr_nodes WHERE lease_until > now()) AS slots,
      (SELECT count(*)::int FROM ocr_tasks WHERE status = 'running') AS running_tasks
    FROM ocr_tasks t
    LEFT JOIN LATERAL (
      SELECT sum(pages_done) AS done, sum(pages_failed) AS failed,
        sum(pages_total) FILTER (WHERE state <> 'waiting' OR pages_done + pages_failed > 0) AS begun
      FROM ocr_jobs WHERE task_id = t.id AND kind = 'chunk'
    ) j ON true
    LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE source = 'kept') AS kept, sum(duration_ms) FILTER (WHERE source = 'kept') AS kept_ms,
        count(*) FILTER (WHERE source <> 'kept') AS read, sum(duration_ms) FILTER (WHERE source <> 'kept') AS read_ms
      FROM (SELECT source, duration_ms FROM ocr_pages WHERE task_id = t.id ORDER BY page DESC LIMIT ${PAGES_TIMED}) AS latest
    ) p ON t.status = 'running'
    WHERE t.id = ANY ($1::uuid[])`,
};

/** The database's time, as rows are dated by it. */
export const readClock = { name: 'ocr_read_clock', text: `SELECT now()::timestamptz(3) AS now` };

/** A batch as a whole. $1 batch id */
export const readBatch = {
  name: 'ocr_read_batch',
  text: `
    SELECT count(*)::int AS total, min(t.created_at) AS created_at, max(t.finished_at) AS finished_at,
      count(*) FILTER (WHERE status = 'queued')::int AS queued,
      count(*) FILTER (WHERE status = 'running')::int AS running,
      count(*) FILTER (WHERE status = 'paused')::int AS paused,
      count(*) FILTER (WHERE status = 'completed')::int AS completed,
      count(*) FILTER (WHERE status = 'completed_with_errors')::int AS completed_with_errors,
      count(*) FILTER (WHERE status = 'failed')::int AS failed,
      count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
      coalesce(sum(t.pages_total), 0)::int AS pages_total,
      coalesce(sum(j.done), 0)::int AS pages_done, coalesce(sum(j.failed), 0)::int AS pages_failed,
      coalesce(sum(CASE WHEN t.finished_at IS NOT NULL THEN 1
        ELSE (coalesce(j.done, 0) + coalesce(j.failed, 0))::float8 / greatest(t.pages_total, 1) END), 0)::float8 AS tasks_worth
    FROM ocr_tasks t
    LEFT JOIN LATERAL (
      SELECT sum(pages_done) AS done, sum(pages_failed) AS failed FROM ocr_jobs WHERE task_id = t.id AND kind = 'chunk'
    ) j ON true
    WHERE t.batch_id = $1`,
};

/** Removes a finished task; its jobs, pages and idempotency keys go with it. $1 task id, $2 final statuses, $3 the run it is in */
export const deleteTask = {
  name: 'ocr_delete_task',
  text: `DELETE FROM ocr_tasks WHERE id = $1 AND status = ANY ($2::text[]) AND run = $3`,
};
export const deleteEventsOf = { name: 'ocr_delete_events_of', text: `DELETE FROM ocr_events WHERE task_id = $1` };

/** Files to delete once the transaction has committed. $1 store prefix */
export const insertTrash = {
  name: 'ocr_insert_trash',
  text: `INSERT INTO ocr_trash (prefix) VALUES ($1) ON CONFLICT DO NOTHING`,
};
