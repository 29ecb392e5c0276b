/** Ends a claim well. Fenced by the token alone: the row it names is running. $1 job id, $2 claim token */
export const finishJob = {
  name: 'ocr_finish_job',
  text: `UPDATE ocr_jobs SET state = 'done', claim_token = NULL, finished_at = now(), last_error = NULL
         WHERE id = $1 AND claim_token = $2`,
};

const HAS = (state: string, more = '') => `EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = task.id AND state = '${state}'${more})`;
const HAS_NO_WORK = `NOT ${HAS('waiting')} AND NOT ${HAS('running')}`;

/** Tasks in work without a job to run: nobody has seen yet that their last chunk ended. $1 most rows */
export const tasksWithoutWork = {
  name: 'ocr_tasks_without_work',
  text: `SELECT id FROM ocr_tasks task WHERE status = 'running' AND ${HAS_NO_WORK} LIMIT $1`,
};

/** The next tasks in a status, and whether they have no job to run. $1 status, $2 id after which, $3 tasks looked at */
export const tasksWithoutWorkAmong = {
  name: 'ocr_tasks_without_work_among',
  text: `
    SELECT id, ${HAS_NO_WORK} AS forgotten
    FROM (SELECT id FROM ocr_tasks WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3) AS task ORDER BY id`,
};

/**
 * Which of these are unfinished tasks without a job to run, or with none to run now, though they are counted as having one. $1 task ids
 */
export const withoutWork = {
  name: 'ocr_without_work',
  text: `
    SELECT id FROM ocr_tasks task
    WHERE id = ANY ($1::uuid[]) AND status IN ('running', 'queued', 'paused')
      AND NOT ${HAS('running')} AND NOT ${HAS('waiting', ' AND run_at <= now()')} AND (ready_at <= now() OR NOT ${HAS('waiting')})`,
};

/** Sends a failed attempt back to wait. $1 job id, $2 claim token, $3 error, $4 seconds to wait, $5 attempts that do not count (0 or 1) */
export const backOffJob = {
  name: 'ocr_back_off_job',
  text: `UPDATE ocr_jobs SET state = 'waiting', claim_token = NULL, node_id = NULL, started_at = NULL, last_error = $3,
           run_at = now() + make_interval(secs => $4), attempt = attempt - $5
         WHERE id = $1 AND claim_token = $2`,
};

/** Ends a claim for good without success. $1 job id, $2 claim token, $3 error */
export const failJob = {
  name: 'ocr_fail_job',
  text: `UPDATE ocr_jobs SET state = 'failed', claim_token = NULL, finished_at = now(), last_error = $3
         WHERE id = $1 AND claim_token = $2`,
};

/** Gives a claim back as if it had not been made: the attempt does not count. $1 job id, $2 claim token */
export const giveBackJob = {
  name: 'ocr_give_back_job',
  text: `UPDATE ocr_jobs SET state = 'waiting', claim_token = NULL, node_id = NULL, started_at = NULL,
           attempt = greatest(attempt - 1, 0), run_at = now()
         WHERE id = $1 AND claim_token = $2`,
};

/** The same for every running job of a task (pause, cancel): from here on, late writes bounce off the token. $1 task id */
export const giveBackJobsOf = {
  name: 'ocr_give_back_jobs_of',
  text: `UPDATE ocr_jobs SET state = 'waiting', claim_token = NULL, node_id = NULL, started_at = NULL,
           attempt = greatest(attempt - 1, 0), run_at = now()
         WHERE id IN (SELECT id FROM ocr_jobs WHERE task_id = $1 AND state = 'running' ORDER BY id FOR NO KEY UPDATE)`,
};

/** Waiting jobs of a task wait no longer for their next attempt. $1 task id */
export const endBackoffsOf = {
  name: 'ocr_end_backoffs_of',
  text: `UPDATE ocr_jobs SET run_at = now()
         WHERE id IN (SELECT id FROM ocr_jobs WHERE task_id = $1 AND state = 'waiting' AND run_at > now() ORDER BY id FOR NO KEY UPDATE)`,
};

/** Locks a job as long as the claim on it stands: what its node writes from here on waits. $1 job id, $2 claim token */
export const lockClaim = {
  name: 'ocr_lock_claim',
  text: `SELECT FROM ocr_jobs WHERE id = $1 AND claim_token = $2 FOR NO KEY UPDATE`,
};

/** Puts a lost claim back, counting the stall and giving the attempt back. $1 job id, $2 claim token */
export const rescueJob = {
  name: 'ocr_rescue_job',
  text: `UPDATE ocr_jobs SET state = 'waiting', claim_token = NULL, node_id = NULL, started_at = NULL,
           attempt = greatest(attempt - 1, 0), stalls = stalls + 1, run_at = now()
         WHERE id = $1 AND claim_token = $2`,
};

/** Cuts a task's pages into jobs. $1 task id, $2 first pages, $3 last pages, $4 numbers of pages, $5 position of the first, $6 stalls */
export const insertChunks = {
  name: 'ocr_insert_chunks',
  text: `
    INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total, stalls)
    SELECT $1, 'chunk', $5::int + c.ordinality::int - 1, c.first, c.last, c.total, $6::int
    FROM unnest($2::int[], $3::int[], $4::int[]) WITH ORDINALITY AS c (first, last, total, ordinality)`,
};

/**
 * Ends a claim whose chunk is cut into single pages: the pages it has read stay with it, those that failed become failed jobs
 * of their own. No page is so in the range of two jobs that may run: a retry reads it once. $1 job id, $2 claim token, $3 stalls
 */
export const splitChunk = {
  name: 'ocr_split_chunk',
  text: `
    WITH split AS (
      UPDATE ocr_jobs SET state = 'done', claim_token = NULL, finished_at = now(), last_error = NULL,
        pages_total = pages_done, pages_failed = 0
      WHERE id = $1 AND claim_token = $2
      RETURNING task_id, position, first_page, last_page
    ), failed AS (
      INSERT INTO ocr_jobs (task_id, kind, state, position, first_page, last_page, pages_total, pages_failed, stalls,
        finished_at, last_error)
      SELECT split.task_id, 'chunk', 'failed', position, page, page, 1, 1, $3, now(), error
      FROM split JOIN ocr_pages ON ocr_pages.task_id = split.task_id AND page BETWEEN first_page AND last_page
      WHERE state = 'failed'
    )
    SELECT FROM split`,
};

/**
 * Whether the task still has something to come before its merge can be queued, or has the merge already; and whether a job of it
 * waits for a later moment: its readiness then needs recomputing. $1 task id
 */
export const unfinishedWork = {
  name: 'ocr_unfinished_work',
  text: `
    SELECT EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = $1 AND state = 'waiting' AND kind = 'chunk')
        OR EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = $1 AND state = 'running' AND kind = 'chunk')
        OR EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = $1 AND kind = 'merge') AS unfinished,
      EXISTS (SELECT 1 FROM ocr_jobs WHERE task_id = $1 AND state = 'waiting' AND run_at > now()) AS backed_off`,
};

/** The last job of a task, behind all its chunks. $1 task id */
export const insertMergeJob = {
  name: 'ocr_insert_merge_job',
  text: `INSERT INTO ocr_jobs (task_id, kind, position) VALUES ($1, 'merge', 2147483647)
         ON CONFLICT (task_id, kind) WHERE kind <> 'chunk' DO NOTHING`,
};

/**
 * Locks a task's jobs before its row is locked for good (retry, deletion): jobs first, in order of id, then the task, as
 * everywhere. $1 task id
 */
export const lockJobsOf = {
  name: 'ocr_lock_jobs_of',
  text: `SELECT FROM ocr_jobs WHERE task_id = $1 ORDER BY id FOR UPDATE`,
};

/** Chunks with failed pages, and a failed preparation, wait again. $1 task id */
export const retryFailedJobs = {
  name: 'ocr_retry_failed_jobs',
  text: `
    UPDATE ocr_jobs SET state = 'waiting', attempt = 0, stalls = 0, pages_failed = 0, run_at = now(), started_at = NULL,
      finished_at = NULL, node_id = NULL, last_error = NULL
    WHERE task_id = $1 AND ((kind = 'chunk' AND (pages_failed > 0 OR state = 'failed')) OR (kind = 'prepare' AND state = 'failed'))`,
};

/** The merge waits again. $1 task id */
export const retryMergeJob = {
  name: 'ocr_retry_merge_job',
  text: `UPDATE ocr_jobs SET state = 'waiting', attempt = 0, stalls = 0, run_at = now(), started_at = NULL, finished_at = NULL,
           node_id = NULL, last_error = NULL
         WHERE task_id = $1 AND kind = 'merge' AND state IN ('done', 'failed')`,
};
export const deleteMergeJob = {
  name: 'ocr_delete_merge_job',
  text: `DELETE FROM ocr_jobs WHERE task_id = $1 AND kind = 'merge'`,
};

/** Which of a node's claims no longer stand: the token is gone, or the task is not to be worked on. $1 job ids, $2 tokens */
export const lostClaims = {
  name: 'ocr_lost_claims',
  text: `
    SELECT held.id::text AS id FROM unnest($1::bigint[], $2::uuid[]) AS held (id, token)
    LEFT JOIN ocr_jobs j ON j.id = held.id AND j.claim_token = held.token
    LEFT JOIN ocr_tasks t ON t.id = j.task_id
    WHERE j.id IS NULL OR t.status NOT IN ('queued', 'running')`,
};
