/**
 * The open tasks, as the database's function `ocr_next_job` (see the migrations) takes them: the first that have work due, as many as may be worked on at
 * a time.
 * @param columns what is wanted of them
 * @param limit `max_concurrent_tasks` where no live setting says otherwise: a parameter of the statement
 * @param where what else must hold
 */
export const openTasks = (columns: string, limit: string, where = 'true') => `
      SELECT ${columns} FROM ocr_tasks
      WHERE ${where} AND status IN ('queued', 'running') AND NOT held AND ready_at <= now()
      ORDER BY sort_key, id
      LIMIT ${mostOpen(limit)}`;

/** How many tasks may be open. @param limit as for {@link openTasks} */
export const mostOpen = (limit: string) =>
  `coalesce((SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), ${limit}::int)`;
