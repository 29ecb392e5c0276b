import { LAZILY } from './lazily.js';

/*
 * Claiming and finishing in as few statements as can be. Neither waits for the disk. A claim that is lost with the server was
 * never made: the job still waits, and what its node writes later is refused, because the token is not there. A chunk's end
 * that is lost says nothing its pages' checkpoints do not say, and those are on the disk: the chunk comes back, nothing is left
 * to read of it, and it ends again. What ends a task waits for the disk.
 *
 * Parameters: $1 node id, $2 new claim token, $3 kinds, $4 max_concurrent_tasks, $5 task and $6 position behind which to look
 * first, or nulls, $7 whether suspects are wanted, and nothing else, or null: anything; $8 id and $9 token of the chunk that ends,
 * $10 facts of its event.
 */

const done = (id: string, token: string) => `
  done AS (
    UPDATE ocr_jobs SET state = 'done', claim_token = NULL, finished_at = now(), last_error = NULL
    FROM lazily WHERE id = ${id} AND claim_token = ${token}
    RETURNING task_id
  )`;

/**
 * Whether another chunk of the ended one's task waits and is due. The order of the look has one index to follow: without it, the
 * planner may walk through every finished chunk of the task. From the end: at the front lie the entries of chunks just taken.
 */
const MORE = `EXISTS (
    SELECT FROM (
      SELECT FROM ocr_jobs other WHERE other.task_id = done.task_id AND other.state = 'waiting' AND other.kind = 'chunk'
        AND other.run_at <= now()
      ORDER BY other.position DESC
      LIMIT 1
    ) AS waiting) AS more`;

/** Takes the next job, which the database's function `ocr_next_job` (see the migrations) finds and locks. */
const claimedAfter = (before: string) => `
  next AS MATERIALIZED (
    SELECT ocr_next_job($3::text[], $4::int, $5::uuid, $6::int, $7::boolean) AS job_id FROM (SELECT FROM ${before}) AS before
  ), claimed AS (
    UPDATE ocr_jobs job SET state = 'running', node_id = $1, claim_token = $2, attempt = attempt + 1,
      started_at = clock_timestamp(), finished_at = NULL
    FROM next WHERE job.id = next.job_id
    RETURNING id AS job_id, task_id, claim_token AS token, node_id, kind, position, first_page, last_page, attempt, stalls
  ), started AS (
    UPDATE ocr_tasks SET status = 'running', started_at = coalesce(started_at, now()), updated_at = now()
    WHERE id = (SELECT task_id FROM claimed) AND status = 'queued'
    RETURNING id
  )`;

/** What is told of a job taken (`claimed`), and of its task where that begins with it (`started`). */
export const STARTED_EVENTS = `
  SELECT id, 'task.started', '{"status": "running"}'::jsonb FROM started
  UNION ALL
  SELECT task_id, kind || '.started', jsonb_strip_nulls(jsonb_build_object(
    'job_id', job_id, 'attempt', attempt, 'node_id', node_id, 'first_page', first_page, 'last_page', last_page))
  FROM claimed`;

/** The columns of a `ClaimRow`. */
export const CLAIM_ROW = `
  claimed.*, task.run, task.name, task.source, task.options, task.secrets,
  task.document_key, task.page_count, task.tenant`;

const doneEvent = (facts: string) => `SELECT task_id, 'chunk.completed', ${facts}::jsonb FROM done`;

/**
 * Claims at the same time meet the rows others have just taken, and each such meeting costs more than waiting for one's turn: sixteen of
 * a process together get through less than four.
 */
const CLAIMS = { size: 4 };

/** Takes the next job of the queue for a node. $1 to $7 */
export const claimJob = {
  name: 'ocr_claim_job',
  lane: CLAIMS,
  text: `
    WITH ${LAZILY}, ${claimedAfter('lazily')}, told AS (
      INSERT INTO ocr_events (task_id, type, data) ${STARTED_EVENTS}
    )
    SELECT ${CLAIM_ROW}
    FROM claimed JOIN ocr_tasks task ON task.id = claimed.task_id`,
};

/**
 * Ends a chunk well, and tells whether more of its task wait and are due; no row when the claim is gone. Locks nothing but the job.
 * $1 job id, $2 claim token, $3 facts of the event
 */
export const finishChunk = {
  name: 'ocr_finish_chunk',
  text: `
    WITH ${LAZILY}, ${done('$1', '$2')}, told AS (INSERT INTO ocr_events (task_id, type, data) ${doneEvent('$3')})
    SELECT ${MORE} FROM done`,
};

/** The end and the next claim in one: ends the chunk as {@link finishChunk} and, if that was done, takes the next job. $1 to $10 */
export const finishChunkAndClaim = {
  name: 'ocr_finish_chunk_and_claim',
  lane: CLAIMS,
  text: `
    WITH ${LAZILY}, ${done('$8', '$9')}, ${claimedAfter('done')}, told AS (
      INSERT INTO ocr_events (task_id, type, data) ${doneEvent('$10')} UNION ALL ${STARTED_EVENTS}
    )
    SELECT ${MORE}, ${CLAIM_ROW}
    FROM done LEFT JOIN claimed ON true LEFT JOIN ocr_tasks task ON task.id = claimed.task_id`,
};
