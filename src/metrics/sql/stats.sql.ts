/** The windows of the statistics. A window begins at a full minute, so it covers up to a minute more than its name. */
const WINDOWS = `(VALUES ('last_5_minutes', interval '5 minutes'), ('last_hour', interval '1 hour'), ('last_day', interval '1 day'))
  AS w (name, span)`;

/** When a task was queued, the last time it was sent through; later by as much as it was paused before it was started. */
const QUEUED_AT = `coalesce(t.requeued_at, t.created_at)`;

/** Seconds a task worked: those it was paused are left out. */
const WORKED = `greatest(extract(epoch FROM t.finished_at - t.started_at) - t.paused_ms / 1000.0, 0)::float8`;

/** Since when a queued task waits: a retried or resumed one since then, not since it was made. */
export const WAITING_SINCE = `CASE WHEN t.started_at IS NULL THEN ${QUEUED_AT} ELSE t.updated_at END`;

/** Tasks by status. */
export const tasksByStatus = {
  name: 'ocr_stats_tasks_by_status',
  text: `SELECT status, count(*)::int AS tasks FROM ocr_tasks GROUP BY status`,
};

/**
 * The unfinished tasks by priority; pages of chunks that wait for their turn (not those of paused tasks); the longest any
 * task has been queued.
 */
export const queueByPriority = {
  name: 'ocr_stats_queue_by_priority',
  text: `
    SELECT t.priority, count(*)::int AS tasks,
      coalesce(sum(w.pages) FILTER (WHERE t.status <> 'paused'), 0)::int AS waiting_pages,
      max(extract(epoch FROM clock_timestamp() - ${WAITING_SINCE}))
        FILTER (WHERE t.status = 'queued')::float8 AS oldest_wait_seconds
    FROM ocr_tasks t
    LEFT JOIN (
      SELECT task_id, sum(pages_total - pages_done - pages_failed) AS pages
      FROM ocr_jobs WHERE state = 'waiting' AND kind = 'chunk' GROUP BY task_id
    ) w ON w.task_id = t.id
    WHERE t.status IN ('queued', 'running', 'paused')
    GROUP BY t.priority`,
};

/** What was done in each window, from the minutes. */
export const throughput = {
  name: 'ocr_stats_throughput',
  text: `
    SELECT w.name AS window,
      extract(epoch FROM now() - date_trunc('minute', now() - w.span))::float8 / 60 AS minutes,
      coalesce(sum(m.pages_done), 0)::int AS pages, coalesce(sum(m.pages_failed), 0)::int AS pages_failed,
      coalesce(sum(m.page_ms), 0)::float8 AS page_ms,
      coalesce(sum(m.tasks_completed), 0)::int AS tasks_completed,
      coalesce(sum(m.tasks_completed_with_errors), 0)::int AS tasks_completed_with_errors,
      coalesce(sum(m.tasks_failed), 0)::int AS tasks_failed, coalesce(sum(m.tasks_cancelled), 0)::int AS tasks_cancelled,
      coalesce(sum(m.task_ms), 0)::float8 AS task_ms, coalesce(sum(m.wait_ms), 0)::float8 AS wait_ms
    FROM ${WINDOWS} LEFT JOIN ocr_stats_minutes m ON m.minute >= date_trunc('minute', now() - w.span)
    GROUP BY w.name, w.span`,
};

/**
 * How the durations of the tasks that brought a result spread, as far as the tasks are still kept: of each its last run. Where the
 * results have been merged anew since, the task knows the times of that merge alone.
 */
export const spread = {
  name: 'ocr_stats_spread',
  text: `
    SELECT w.name AS window,
      percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ${WORKED}) AS task_seconds,
      percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM t.started_at - ${QUEUED_AT})::float8) AS wait_seconds
    FROM ${WINDOWS} JOIN ocr_tasks t ON t.finished_at >= date_trunc('minute', now() - w.span)
      AND t.status IN ('completed', 'completed_with_errors') AND t.started_at IS NOT NULL AND NOT t.merge_only
    GROUP BY w.name`,
};

/** The nodes whose lease holds. */
export const liveNodes = {
  name: 'ocr_stats_live_nodes',
  text: `
    SELECT id, name, roles, version, slots, load, started_at,
      extract(epoch FROM clock_timestamp() - heartbeat_at)::float8 AS last_heartbeat_seconds
    FROM ocr_nodes WHERE lease_until > clock_timestamp() ORDER BY started_at, id`,
};

/** The limit in force: the one set at run time, else this process's setting. $1 the setting */
export const concurrencyLimit = {
  name: 'ocr_stats_concurrency_limit',
  text: `SELECT coalesce((SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), $1::int) AS most`,
};
