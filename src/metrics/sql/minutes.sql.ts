import { WAITING_SINCE } from './stats.sql.js';

/** Whose row the samples of the queue are, and whose the minutes put together from finer steps: no node has these ids. */
const SAMPLES = `'00000000-0000-0000-0000-0000000000fe'::uuid`;
const COMPACTED = `'00000000-0000-0000-0000-0000000000ff'::uuid`;

/**
 * Writes the pages of some steps. The numbers are the step's totals so far, not additions: writing them again, when an
 * answer got lost, does no harm. $1 node id, $2 beginnings, $3 pages done, $4 pages failed, $5 milliseconds
 */
export const writeSteps = {
  name: 'ocr_stats_write_steps',
  text: `
    INSERT INTO ocr_stats_minutes AS stats (minute, node_id, pages_done, pages_failed, page_ms)
    SELECT m.minute, $1, m.done, m.failed, m.ms FROM unnest($2::timestamptz[], $3::int[], $4::int[], $5::bigint[]) AS m (minute, done, failed, ms)
    ON CONFLICT (minute, node_id) DO UPDATE SET
      pages_done = EXCLUDED.pages_done, pages_failed = EXCLUDED.pages_failed, page_ms = EXCLUDED.page_ms`,
};

/**
 * Looks at the queue for the step under way, unless another process has: there is one sample a step however many there are.
 * The queue is only looked at by who writes. $1 seconds of a step
 */
export const sampleQueue = {
  name: 'ocr_stats_sample_queue',
  text: `
    WITH step AS (SELECT to_timestamp(floor(extract(epoch FROM now()) / $1::int) * $1::int) AS at, now() AS now),
    missing AS MATERIALIZED (
      SELECT * FROM step
      WHERE NOT EXISTS (SELECT 1 FROM ocr_stats_minutes WHERE minute = step.at AND node_id = ${SAMPLES})
    )
    INSERT INTO ocr_stats_minutes (minute, node_id, waiting_tasks, oldest_wait_ms)
    SELECT missing.at, ${SAMPLES}, queue.tasks, queue.oldest_wait_ms
    FROM missing CROSS JOIN LATERAL (
      SELECT count(*) AS tasks,
        coalesce(greatest(0, extract(epoch FROM missing.now - min(${WAITING_SINCE})) * 1000), 0)::bigint AS oldest_wait_ms
      FROM ocr_tasks t WHERE t.status = 'queued'
    ) queue
    ON CONFLICT DO NOTHING`,
};

/**
 * Puts the steps of past minutes together, one row a minute, and of the samples the greatest. Each row is taken by one process alone,
 * and what two of them take of one minute is added up. Looks back a day: what a stop left fine before that is little. $1 seconds after which nobody writes to a step any more
 */
export const compactMinutes = {
  name: 'ocr_stats_compact_minutes',
  text: `
    WITH taken AS (
      DELETE FROM ocr_stats_minutes
      WHERE minute < date_trunc('minute', now() - make_interval(secs => $1)) AND minute > now() - interval '1 day' AND node_id <> ${COMPACTED}
      RETURNING *
    )
    INSERT INTO ocr_stats_minutes AS stats (minute, node_id, pages_done, pages_failed, page_ms, tasks_completed,
      tasks_completed_with_errors, tasks_failed, tasks_cancelled, task_ms, wait_ms, waiting_tasks, oldest_wait_ms)
    SELECT date_trunc('minute', minute), ${COMPACTED}, sum(pages_done), sum(pages_failed), sum(page_ms), sum(tasks_completed),
      sum(tasks_completed_with_errors), sum(tasks_failed), sum(tasks_cancelled), sum(task_ms), sum(wait_ms), max(waiting_tasks),
      max(oldest_wait_ms)
    FROM taken GROUP BY date_trunc('minute', minute)
    ON CONFLICT (minute, node_id) DO UPDATE SET
      pages_done = stats.pages_done + EXCLUDED.pages_done,
      pages_failed = stats.pages_failed + EXCLUDED.pages_failed,
      page_ms = stats.page_ms + EXCLUDED.page_ms,
      tasks_completed = stats.tasks_completed + EXCLUDED.tasks_completed,
      tasks_completed_with_errors = stats.tasks_completed_with_errors + EXCLUDED.tasks_completed_with_errors,
      tasks_failed = stats.tasks_failed + EXCLUDED.tasks_failed,
      tasks_cancelled = stats.tasks_cancelled + EXCLUDED.tasks_cancelled,
      task_ms = stats.task_ms + EXCLUDED.task_ms,
      wait_ms = stats.wait_ms + EXCLUDED.wait_ms,
      waiting_tasks = greatest(stats.waiting_tasks, EXCLUDED.waiting_tasks),
      oldest_wait_ms = greatest(stats.oldest_wait_ms, EXCLUDED.oldest_wait_ms)`,
};

/** Forgets old minutes. $1 days kept */
export const deleteOldMinutes = {
  name: 'ocr_stats_delete_old_minutes',
  text: `DELETE FROM ocr_stats_minutes WHERE minute < now() - make_interval(days => $1)`,
};
