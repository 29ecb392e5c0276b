import { fromNow } from './from-now.js';

/**
 * Locks the jobs the replacing of a page may touch: the chunks around it and the merge. Jobs come before tasks, as everywhere.
 * $1 task id, $2 page
 */
export const lockJobsAround = {
  name: 'ocr_lock_jobs_around',
  text: `
    SELECT 1 FROM ocr_jobs
    WHERE task_id = $1 AND (kind = 'merge' OR (kind = 'chunk' AND $2 BETWEEN first_page AND last_page))
    ORDER BY id FOR NO KEY UPDATE`,
};

/** $1 task id, $2 page */
export const lockPage = {
  name: 'ocr_lock_page',
  text: `SELECT state, artifact_key FROM ocr_pages WHERE task_id = $1 AND page = $2 FOR UPDATE`,
};

/**
 * Keeps what a page was first read as, or why it could not be, as a reading that can be accepted again. Without effect while the page
 * is shown as it was read later. $1 id for a new row, $2 task id, $3 page, $4 options it was read with
 */
export const keepOriginal = {
  name: 'ocr_keep_original',
  text: `
    INSERT INTO ocr_readings (id, task_id, page, options, original, state, artifact_key, source, provider, confidence, words,
      duration_ms, error, created_at, finished_at)
    SELECT $1, task_id, page, $4::jsonb || jsonb_strip_nulls(jsonb_build_object('provider', provider)), true, state, artifact_key,
      source, provider, confidence, words, duration_ms, error, created_at, created_at
    FROM ocr_pages page
    WHERE task_id = $2 AND page = $3 AND NOT EXISTS (
      SELECT 1 FROM ocr_readings later
      WHERE later.task_id = $2 AND later.page = $3 AND NOT later.original AND later.artifact_key = page.artifact_key)
    ON CONFLICT (task_id, page) WHERE original DO UPDATE SET
      options = EXCLUDED.options, state = EXCLUDED.state, artifact_key = EXCLUDED.artifact_key, source = EXCLUDED.source,
      provider = EXCLUDED.provider, confidence = EXCLUDED.confidence, words = EXCLUDED.words, duration_ms = EXCLUDED.duration_ms,
      error = EXCLUDED.error, created_at = EXCLUDED.created_at, finished_at = EXCLUDED.finished_at`,
};

/** Puts a reading in the place of a page's result. $1 reading id */
export const replacePage = {
  name: 'ocr_replace_page',
  text: `
    UPDATE ocr_pages page SET state = reading.state, source = reading.source, artifact_key = reading.artifact_key,
      provider = reading.provider, confidence = reading.confidence, words = reading.words, duration_ms = reading.duration_ms,
      error = reading.error
    FROM ocr_readings reading
    WHERE reading.id = $1 AND page.task_id = reading.task_id AND page.page = reading.page`,
};

/** $1 reading id */
export const acceptReading = {
  name: 'ocr_accept_reading',
  text: `UPDATE ocr_readings SET accepted_at = now() WHERE id = $1`,
};

/** Counts a page otherwise where it was counted: in the narrowest chunk around it that has one to move. $1 task id, $2 page */
const recount = (name: string, from: 'pages_done' | 'pages_failed', to: 'pages_done' | 'pages_failed') => ({
  name,
  text: `
    UPDATE ocr_jobs SET ${from} = ${from} - 1, ${to} = ${to} + 1
    WHERE id = (
      SELECT id FROM ocr_jobs
      WHERE task_id = $1 AND kind = 'chunk' AND $2 BETWEEN first_page AND last_page AND ${from} > 0
      ORDER BY last_page - first_page, id LIMIT 1)`,
});

/** Counts a failed page as done. $1 task id, $2 page */
export const countAsDone = recount('ocr_count_as_done', 'pages_failed', 'pages_done');

/** Counts a done page as failed. $1 task id, $2 page */
export const countAsFailed = recount('ocr_count_as_failed', 'pages_done', 'pages_failed');

/** The merge begins again from what the pages are now, also one under way: its claim then stands no more. $1 task id */
export const mergeAgain = {
  name: 'ocr_merge_again',
  text: `
    UPDATE ocr_jobs SET state = 'waiting', attempt = 0, stalls = 0, run_at = now(), started_at = NULL, finished_at = NULL,
      node_id = NULL, claim_token = NULL, last_error = NULL
    WHERE task_id = $1 AND kind = 'merge' AND state IN ('running', 'done')`,
};

/**
 * Sends a completed task back to its merge, which has a start of its own but is no run of the task; the results stay meanwhile.
 * $1 task id, $2 its place from now, $3 statuses it may come from
 */
export const remergeTask = {
  name: 'ocr_remerge_task',
  text: `
    UPDATE ocr_tasks SET status = 'queued', sort_key = ${fromNow('$2')}, enqueued_at = now(), fair_delay = 0, ready_at = now(), held = false,
      finished_at = NULL, started_at = NULL, requeued_at = now(), paused_ms = 0, merge_only = true, updated_at = now()
    WHERE id = $1 AND status = ANY ($3::text[])`,
};
