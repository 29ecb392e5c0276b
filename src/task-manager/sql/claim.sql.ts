/*
 * Claiming and finishing in as few statements as can be. Neither waits for the disk. A claim that is lost with the server was
 * never made: the job still waits, and what its node writes later is refused, because the token is not there. A chunk's end
 * that is lost says nothing its pages' checkpoints do not say, and those are on the disk: the chunk comes back, nothing is left
 * to read of it, and it ends again. What ends a task waits for the disk.
 *
 * Parameters: $1 node id, $2 new claim token, $3 kinds, $4 max_concurrent_tasks; $5 id and $6 token of the chunk that ends,
 * $7 facts of its event.
 */
const LAZILY = `lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/**
 * Ends a chunk while another one of its task is due. The order of the look for another one has one index to follow: without it,
 * the planner may walk through every finished chunk of the task.
 */
const doneAmongOthers = (id: string, token: string) => `
  done AS (
    UPDATE ocr_jobs job SET state = 'done', claim_token = NULL, finished_at = now(), last_error = NULL
    FROM lazily
    WHERE id = ${id} AND claim_token = ${token} AND (
      SELECT true FROM ocr_jobs other
      WHERE other.task_id = job.task_id AND other.state = 'waiting' AND other.kind = 'chunk' AND other.run_at <= now()
      ORDER BY other.position
      LIMIT 1)
    RETURNING task_id
  )`;

/**
 * Takes the next job: of the open tasks (the first `max_concurrent_tasks` by sort key that have work due) the first job no other
 * claim holds. The cost does not grow with what waits behind: both are short scans of partial indexes. The live setting, when
 * there is one, goes before the configured value.
 */
const claimedAfter = (before: string) => `
  next AS MATERIALIZED (
    SELECT job.id AS job_id, open_task.*
    FROM (
      SELECT id AS task_id, status, run, name, source, options, secrets, document_key, page_count, tenant
      FROM ocr_tasks, (SELECT FROM ${before}) AS before
      WHERE status IN ('queued', 'running') AND NOT held AND ready_at <= now()
      ORDER BY sort_key, id
      LIMIT coalesce((SELECT (value #>> '{}')::int FROM ocr_settings WHERE name = 'max_concurrent_tasks'), $4::int)
    ) AS open_task CROSS JOIN LATERAL (
      SELECT id FROM ocr_jobs
      WHERE task_id = open_task.task_id AND state = 'waiting' AND run_at <= now() AND kind = ANY ($3::text[])
      ORDER BY position
      LIMIT 1
      FOR NO KEY UPDATE SKIP LOCKED
    ) AS job
    LIMIT 1
  ), claimed AS (
    UPDATE ocr_jobs job SET state = 'running', node_id = $1, claim_token = $2, attempt = attempt + 1,
      started_at = clock_timestamp(), finished_at = NULL
    FROM next WHERE job.id = next.job_id
    RETURNING next.*, claim_token AS token, node_id, kind, position, first_page, last_page, attempt, stalls
  ), started AS (
    UPDATE ocr_tasks SET status = 'running', started_at = coalesce(started_at, now()), updated_at = now()
    WHERE id = (SELECT task_id FROM claimed WHERE status = 'queued') AND status = 'queued'
    RETURNING id
  )`;

const STARTED_EVENTS = `
  SELECT id, 'task.started', '{"status": "running"}'::jsonb FROM started
  UNION ALL
  SELECT task_id, kind || '.started', jsonb_strip_nulls(jsonb_build_object(
    'job_id', job_id, 'attempt', attempt, 'node_id', node_id, 'first_page', first_page, 'last_page', last_page))
  FROM claimed`;

const doneEvent = (facts: string) => `SELECT task_id, 'chunk.completed', ${facts}::jsonb FROM done`;

/** Takes the next job of the queue for a node. $1 to $4 */
export const claimJob = {
  name: 'ocr_claim_job',
  text: `
    WITH ${LAZILY}, ${claimedAfter('lazily')}, told AS (
      INSERT INTO ocr_events (task_id, type, data) ${STARTED_EVENTS}
    )
    SELECT * FROM claimed`,
};

/**
 * Ends a chunk well while another one of its task is due: the common case, in one statement that locks nothing but the job.
 * No row when it may be the last one, or the claim is gone. $1 job id, $2 claim token, $3 facts of the event
 */
export const finishChunkAmongOthers = {
  name: 'ocr_finish_chunk_among_others',
  text: `
    WITH ${LAZILY}, ${doneAmongOthers('$1', '$2')}
    INSERT INTO ocr_events (task_id, type, data) ${doneEvent('$3')}`,
};

/** Both in one: ends the chunk as {@link finishChunkAmongOthers} and, if that was done, takes the next job. $1 to $7 */
export const finishChunkAndClaim = {
  name: 'ocr_finish_chunk_and_claim',
  text: `
    WITH ${LAZILY}, ${doneAmongOthers('$5', '$6')}, ${claimedAfter('done')}, told AS (
      INSERT INTO ocr_events (task_id, type, data) ${doneEvent('$7')} UNION ALL ${STARTED_EVENTS}
    )
    SELECT claimed.* FROM done LEFT JOIN claimed ON true`,
};
