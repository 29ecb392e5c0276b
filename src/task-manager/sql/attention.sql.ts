/** Tasks of one kind are counted no further than this. */
export const MOST_COUNTED = 1000;

/** Where `ocr_settings` has until when the lease of a node that read pages held, of those that are forgotten the latest. */
export const WORKER_SEEN_AT = 'worker_seen_at';

/** Without an event or a finished page for so long a task does not come on, unless a job of it may take longer. */
const QUIET = `interval '5 minutes'`;

/** A job may still be at work: its node has its lease, and the attempt the time that node gives each. */
const IS_IN_TIME = `
          SELECT FROM ocr_jobs job JOIN ocr_nodes node ON node.id = job.node_id
          WHERE job.task_id = task.id AND job.state = 'running' AND node.lease_until > now()
            AND job.started_at > now() - greatest(${QUIET}, make_interval(secs => (node.load ->> 'attempt_seconds')::float8))`;

/** $1 tenant, or null for all. */
const OF_TENANT = `($1::text IS NULL OR task.tenant = $1)`;
const COUNTED = `LIMIT ${MOST_COUNTED}`;

/**
 * Unfinished tasks that do not come on, the longest first, each with the first cause that holds:
 * - `provider_down`: held, because the circuit of its provider is open;
 * - `lost`: a job of it was lost with its node, and is not finished since;
 * - `no_progress`: on a node, but without an event or a finished page for five minutes, nor with a job whose attempt is in time still:
 *   a merge of a long document, or a page a provider reads in a batch, may take longer;
 * - `backing_off`: after an error it waits for its next attempt, for more than a quarter of a minute still;
 * - `no_worker`: for a minute no lease of a node that reads pages has held;
 * - `paused`: for an hour.
 * Each is found through an index over unfinished tasks. $1 tenant or null, $2 most rows
 */
export const stalledTasks = {
  name: 'ocr_stalled_tasks',
  text: `
    WITH cause AS MATERIALIZED (
      (SELECT id, 1 AS rank, 'provider_down' AS cause, task.updated_at AS since
        FROM ocr_tasks task WHERE status IN ('queued', 'running') AND held AND ${OF_TENANT} ${COUNTED})
      UNION ALL
      (SELECT id, 2, 'lost', coalesce(lost.at, task.updated_at)
        FROM ocr_tasks task CROSS JOIN LATERAL (
          SELECT max(created_at) AS at FROM ocr_events
          WHERE task_id = task.id AND type IN ('prepare.rescued', 'chunk.rescued', 'merge.rescued')
        ) lost
        WHERE id IN (SELECT task_id FROM ocr_jobs WHERE stalls > 0 AND state IN ('waiting', 'running'))
          AND status IN ('queued', 'running') AND ${OF_TENANT} ${COUNTED})
      UNION ALL
      (SELECT id, 3, 'no_progress', greatest(event.at, page.at)
        FROM ocr_tasks task
        CROSS JOIN LATERAL (SELECT created_at AS at FROM ocr_events WHERE task_id = task.id ORDER BY ocr_events.id DESC LIMIT 1) event
        CROSS JOIN LATERAL (SELECT max(created_at) AS at FROM ocr_pages WHERE task_id = task.id AND event.at < now() - ${QUIET}) page
        WHERE status = 'running' AND NOT held AND event.at < now() - ${QUIET}
          AND coalesce(page.at < now() - ${QUIET}, true)
          AND EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = task.id AND state = 'running')
          AND NOT EXISTS (${IS_IN_TIME}) AND ${OF_TENANT} ${COUNTED})
      UNION ALL
      (SELECT id, 4, 'backing_off',
          coalesce((SELECT created_at FROM ocr_events
            WHERE task_id = task.id AND type IN ('prepare.retrying', 'chunk.retrying', 'merge.retrying')
            ORDER BY ocr_events.id DESC LIMIT 1), task.updated_at)
        FROM ocr_tasks task WHERE status = 'running' AND NOT held AND ready_at > now() + interval '15 seconds' AND ${OF_TENANT} ${COUNTED})
      UNION ALL
      (SELECT id, 5, 'no_worker', greatest(task.enqueued_at, worker.seen_at)
        FROM ocr_tasks task CROSS JOIN (
          SELECT greatest(
            (SELECT max(lease_until) FROM ocr_nodes WHERE roles @> '["worker"]'),
            (SELECT (value #>> '{}')::timestamptz FROM ocr_settings WHERE name = '${WORKER_SEEN_AT}')) AS seen_at
        ) worker
        WHERE coalesce(worker.seen_at < now() - interval '1 minute', true)
          AND status IN ('queued', 'running') AND NOT held AND enqueued_at < now() - interval '1 minute' AND ${OF_TENANT}
        ORDER BY sort_key, id ${COUNTED})
      UNION ALL
      (SELECT id, 6, 'paused', task.updated_at
        FROM ocr_tasks task WHERE status = 'paused' AND task.updated_at < now() - interval '1 hour' AND ${OF_TENANT} ${COUNTED})
    ), first AS (
      SELECT DISTINCT ON (id) id, cause, since FROM cause ORDER BY id, rank
    ), shown AS (
      SELECT *, count(*) OVER ()::int AS total FROM first ORDER BY since, id LIMIT $2
    )
    SELECT shown.id, shown.cause, shown.since, shown.total,
      CASE shown.cause WHEN 'provider_down' THEN circuit.open_until WHEN 'backing_off' THEN task.ready_at END AS until,
      CASE shown.cause WHEN 'provider_down' THEN circuit.error ELSE job.error END AS error,
      CASE shown.cause WHEN 'provider_down' THEN circuit.provider END AS provider,
      coalesce(job.losses, 0)::int AS losses
    FROM shown JOIN ocr_tasks task ON task.id = shown.id
    LEFT JOIN ocr_circuits circuit ON circuit.provider = task.options ->> 'ocr_provider'
    LEFT JOIN LATERAL (
      SELECT max(stalls) AS losses, (array_agg(last_error ORDER BY run_at DESC) FILTER (WHERE last_error IS NOT NULL))[1] AS error
      FROM ocr_jobs WHERE task_id = shown.id AND state IN ('waiting', 'running')
    ) job ON shown.cause IN ('lost', 'backing_off')
    ORDER BY shown.since, shown.id`,
};

/**
 * Finished tasks that did not go well, the latest of each kind first: failed ones, ones with gaps in their result, and whole
 * ones read with low confidence. $1 tenant or null, $2 most rows of each kind
 */
export const unwellTasks = {
  name: 'ocr_unwell_tasks',
  text: `
    ${latest('failed', `status = 'failed'`, 'id')}
    UNION ALL ${latest('gaps', `status = 'completed_with_errors'`, 'id')}
    UNION ALL ${latest('low_confidence', `status = 'completed' AND low_confidence`, 'finished_at')}`,
};

/** The order of the index decides which are counted; ids are in the order of submission. */
function latest(kind: string, which: string, indexed: string): string {
  return `
    (SELECT '${kind}' AS kind, id, finished_at AS since, confidence, doubtful_pages, worst_page, count(*) OVER ()::int AS total
    FROM (
      SELECT * FROM ocr_tasks task WHERE ${which} AND ${OF_TENANT} ORDER BY ${indexed} DESC ${COUNTED}
    ) ${kind} ORDER BY finished_at DESC, id LIMIT $2)`;
}
