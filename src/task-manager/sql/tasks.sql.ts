/** $1 task id, $2..$9 its columns, $10 secrets, $11 a moment in ms since 1970 for its place in the queue */
export const insertTask = {
  name: 'ocr_insert_task',
  text: `
    INSERT INTO ocr_tasks (id, priority, sort_key, name, source, options, metadata, secrets)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

/** The first job of a task. $1 task id */
export const insertPrepareJob = {
  name: 'ocr_insert_prepare_job',
  text: `INSERT INTO ocr_jobs (task_id, kind, position) VALUES ($1, 'prepare', 0)`,
};

/** Unfinished tasks, counted no further than needed. $1 the limit */
export const countUnfinished = {
  name: 'ocr_count_unfinished',
  text: `SELECT count(*)::int AS count FROM
    (SELECT 1 FROM ocr_tasks WHERE status IN ('queued', 'running', 'paused') LIMIT $1) AS unfinished`,
};

export const readStatus = {
  name: 'ocr_read_status',
  text: `SELECT status, run, priority FROM ocr_tasks WHERE id = $1`,
};

/**
 * Changes a task's status where the transition table allows it. $1 task id, $2 new status, $3 statuses it may come from.
 * A final status sets the end; leaving one clears it.
 */
export const changeStatus = {
  name: 'ocr_change_status',
  text: `
    UPDATE ocr_tasks SET
      status = $2,
      finished_at = CASE WHEN $2 IN ('completed', 'completed_with_errors', 'failed', 'cancelled') THEN now() END,
      updated_at = now()
    WHERE id = $1 AND status = ANY ($3::text[])`,
};

/** Ends a task with its results. $1 task id, $2 status, $3 results, $4 statuses it may come from */
export const completeTask = {
  name: 'ocr_complete_task',
  text: `
    UPDATE ocr_tasks SET
      status = $2, results = $3, error = NULL, finished_at = now(), updated_at = now(),
      secrets = CASE WHEN $2 = 'completed' THEN NULL ELSE secrets END
    WHERE id = $1 AND status = ANY ($4::text[])`,
};

/** Ends a task with an error. $1 task id, $2 error, $3 statuses it may come from */
export const failTask = {
  name: 'ocr_fail_task',
  text: `UPDATE ocr_tasks SET status = 'failed', error = $2, finished_at = now(), updated_at = now()
         WHERE id = $1 AND status = ANY ($3::text[])`,
};

/** Sends a task through again. $1 task id, $2 new sort key, $3 statuses it may come from */
export const requeueTask = {
  name: 'ocr_requeue_task',
  text: `
    UPDATE ocr_tasks SET status = 'queued', run = run + 1, sort_key = $2, ready_at = now(), error = NULL, finished_at = NULL,
      updated_at = now()
    WHERE id = $1 AND status = ANY ($3::text[])`,
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

/** How far tasks have come. $1 task ids */
export const readProgress = {
  name: 'ocr_read_progress',
  text: `
    SELECT t.id AS task_id, t.status, t.pages_total,
      coalesce(j.done, 0)::int AS pages_done, coalesce(j.failed, 0)::int AS pages_failed,
      coalesce(j.page_ms, 0)::float8 AS page_ms,
      (SELECT coalesce(sum(slots), 0)::int FROM ocr_nodes WHERE lease_until > now()) AS slots,
      (SELECT count(*)::int FROM ocr_tasks WHERE status = 'running') AS running_tasks
    FROM ocr_tasks t
    LEFT JOIN LATERAL (
      SELECT sum(pages_done) AS done, sum(pages_failed) AS failed, sum(page_ms) AS page_ms
      FROM ocr_jobs WHERE task_id = t.id AND kind = 'chunk'
    ) j ON true
    WHERE t.id = ANY ($1::uuid[])`,
};

/** Removes a finished task; its jobs, pages and idempotency keys go with it. $1 task id, $2 final statuses */
export const deleteTask = {
  name: 'ocr_delete_task',
  text: `DELETE FROM ocr_tasks WHERE id = $1 AND status = ANY ($2::text[])`,
};
export const deleteEventsOf = { name: 'ocr_delete_events_of', text: `DELETE FROM ocr_events WHERE task_id = $1` };

/** Files to delete once the transaction has committed. $1 store prefix */
export const insertTrash = {
  name: 'ocr_insert_trash',
  text: `INSERT INTO ocr_trash (prefix) VALUES ($1) ON CONFLICT DO NOTHING`,
};
