/**
 * Checkpoints one page under the claim's fence: the job's counters and the page stand or fall together. A page already there
 * is left as it is, so no page can come into the result twice.
 * $1 job id, $2 claim token, $3 page, $4 state, $5 source, $6 artifact key, $7 provider, $8 confidence, $9 words,
 * $10 duration in ms, $11 attempt, $12 error
 */
export const checkpointPage = {
  name: 'ocr_checkpoint_page',
  text: `
    WITH fenced AS (
      UPDATE ocr_jobs SET
        pages_done = pages_done + CASE WHEN $4 = 'done' THEN 1 ELSE 0 END,
        pages_failed = pages_failed + CASE WHEN $4 = 'failed' THEN 1 ELSE 0 END,
        page_ms = page_ms + $10
      WHERE id = $1 AND claim_token = $2
      RETURNING task_id
    )
    INSERT INTO ocr_pages (task_id, page, state, source, artifact_key, provider, confidence, words, duration_ms, attempt, error)
    SELECT task_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM fenced`,
};

/**
 * Checkpoints several pages whose own text was kept, as {@link checkpointPage} does one.
 * $1 job id, $2 claim token, $3 pages, $4 words and $5 duration in ms of each, $6 artifact key, $7 attempt
 */
export const checkpointKeptPages = {
  name: 'ocr_checkpoint_kept_pages',
  text: `
    WITH fenced AS (
      UPDATE ocr_jobs SET
        pages_done = pages_done + cardinality($3::int[]),
        page_ms = page_ms + (SELECT sum(ms) FROM unnest($5::int[]) AS ms)
      WHERE id = $1 AND claim_token = $2
      RETURNING task_id
    )
    INSERT INTO ocr_pages (task_id, page, state, source, artifact_key, words, duration_ms, attempt)
    SELECT task_id, kept.page, 'done', 'kept', $6, kept.words, kept.ms, $7
    FROM fenced, unnest($3::int[], $4::int[], $5::int[]) AS kept (page, words, ms)`,
};

/** The pages of a range that are finished. $1 task id, $2 first, $3 last */
export const finishedPages = {
  name: 'ocr_finished_pages',
  text: `SELECT page FROM ocr_pages WHERE task_id = $1 AND page BETWEEN $2 AND $3`,
};

/** Whether a page was finished under the claim on a chunk. $1 job id, $2 claim token */
export const hasProgressed = {
  name: 'ocr_has_progressed',
  text: `
    SELECT EXISTS (
      SELECT FROM ocr_pages page WHERE page.task_id = job.task_id AND page.page BETWEEN job.first_page AND job.last_page
        AND page.state = 'done' AND page.created_at >= job.started_at
    ) AS progressed
    FROM ocr_jobs job WHERE id = $1 AND claim_token = $2`,
};

/** Marks pages of a lost or given-up chunk as failed. $1 job id, $2 task id, $3 pages, $4 error, $5 attempt */
export const failPages = {
  name: 'ocr_fail_pages',
  text: `
    WITH failed AS (
      INSERT INTO ocr_pages (task_id, page, state, error, attempt)
      SELECT $2, page, 'failed', $4::jsonb || jsonb_build_object('page', page), $5 FROM unnest($3::int[]) AS page
      ON CONFLICT DO NOTHING
      RETURNING 1
    )
    UPDATE ocr_jobs SET pages_failed = pages_failed + (SELECT count(*) FROM failed) WHERE id = $1`,
};

/** Forgets failed pages, so that a retry reads them again. $1 task id */
export const forgetFailedPages = {
  name: 'ocr_forget_failed_pages',
  text: `DELETE FROM ocr_pages WHERE task_id = $1 AND state = 'failed'`,
};

/** $1 task id */
export const countPages = {
  name: 'ocr_count_pages',
  text: `SELECT count(*) FILTER (WHERE state = 'done')::int AS done, count(*) FILTER (WHERE state = 'failed')::int AS failed
         FROM ocr_pages WHERE task_id = $1`,
};

/** $1 task id, $2 most rows */
export const failedPages = {
  name: 'ocr_failed_pages',
  text: `SELECT page, error FROM ocr_pages WHERE task_id = $1 AND state = 'failed' ORDER BY page LIMIT $2`,
};

/** The finished pages of a task, a batch at a time, in page order. $1 task id, $2 after this page, $3 most rows, $4 their sources, or null: any */
export const pagesAfter = {
  name: 'ocr_pages_after',
  text: `
    SELECT page, state, artifact_key, error FROM ocr_pages
    WHERE task_id = $1 AND page > $2 AND ($4::text[] IS NULL OR source = ANY($4)) ORDER BY page LIMIT $3`,
};
