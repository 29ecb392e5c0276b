/**
 * What was done in each step of a stretch of time, empty steps included, oldest first. Steps begin at whole multiples of
 * themselves; the last one is still under way. $1 steps, $2 seconds of a step (ten, or whole minutes)
 */
export const history = {
  name: 'ocr_stats_history',
  text: `
    WITH latest AS (SELECT to_timestamp(floor(extract(epoch FROM now()) / $2::int) * $2::int) AS at),
    step AS (
      SELECT latest.at - make_interval(secs => $2::int * n) AS at FROM latest, generate_series(0, $1::int - 1) AS n
    )
    SELECT step.at,
      least($2::int, greatest(1, extract(epoch FROM now() - step.at)))::float8 / 60 AS minutes,
      coalesce(sum(m.pages_done), 0)::int AS pages_done, coalesce(sum(m.pages_failed), 0)::int AS pages_failed,
      coalesce(sum(m.tasks_completed + m.tasks_completed_with_errors), 0)::int AS tasks_completed,
      coalesce(sum(m.tasks_failed), 0)::int AS tasks_failed,
      coalesce(sum(m.wait_ms), 0)::float8 AS wait_ms, coalesce(sum(m.task_ms), 0)::float8 AS task_ms,
      max(m.waiting_tasks) AS waiting_tasks, max(m.oldest_wait_ms)::float8 AS oldest_wait_ms
    FROM step LEFT JOIN ocr_stats_minutes m ON m.minute >= step.at AND m.minute < step.at + make_interval(secs => $2::int)
    GROUP BY step.at ORDER BY step.at`,
};
