const COLUMNS = `id, task_id, page, options, state, artifact_key, source, provider, confidence, words, duration_ms, error,
  created_at, finished_at, accepted_at, original`;

/** Readings that wait, counted no further than needed. $1 the limit */
export const countWaitingReadings = {
  name: 'ocr_count_waiting_readings',
  text: `SELECT count(*)::int AS count FROM (SELECT 1 FROM ocr_readings WHERE state = 'waiting' LIMIT $1) AS waiting`,
};

/** $1 id, $2 task id, $3 page, $4 options */
export const insertReading = {
  name: 'ocr_insert_reading',
  text: `INSERT INTO ocr_readings (id, task_id, page, options) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
};

/** $1 id, $2 task id, $3 page */
export const readReading = {
  name: 'ocr_read_reading',
  text: `SELECT ${COLUMNS} FROM ocr_readings WHERE id = $1 AND task_id = $2 AND page = $3`,
};

/** The readings of a page, what it was first read as before the others, then the oldest first. $1 task id, $2 page, $3 most rows */
export const readingsOfPage = {
  name: 'ocr_readings_of_page',
  text: `SELECT ${COLUMNS} FROM ocr_readings WHERE task_id = $1 AND page = $2 ORDER BY original DESC, id LIMIT $3`,
};

/** True when a page of the task is shown as it was read later. $1 task id */
export const hasAcceptedReading = {
  name: 'ocr_has_accepted_reading',
  text: `
    SELECT EXISTS (
      SELECT 1 FROM ocr_readings reading JOIN ocr_pages page USING (task_id, page)
      WHERE reading.task_id = $1 AND reading.accepted_at IS NOT NULL AND NOT reading.original
        AND page.artifact_key = reading.artifact_key) AS accepted`,
};

/** Takes the reading that has waited longest. $1 node id, $2 claim token */
export const claimReading = {
  name: 'ocr_claim_reading',
  text: `
    WITH next AS MATERIALIZED (
      SELECT id FROM ocr_readings WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE ocr_readings reading SET state = 'running', node_id = $1, claim_token = $2 FROM next WHERE reading.id = next.id
      RETURNING reading.id, reading.task_id, reading.page, reading.options
    )
    SELECT claimed.*, task.document_key, task.secrets ->> 'password' AS password
    FROM claimed JOIN ocr_tasks task ON task.id = claimed.task_id`,
};

/** Ends a claim well. $1 id, $2 claim token, $3 artifact key, $4 source, $5 provider, $6 confidence, $7 words, $8 milliseconds */
export const finishReading = {
  name: 'ocr_finish_reading',
  text: `
    UPDATE ocr_readings SET state = 'done', node_id = NULL, claim_token = NULL, finished_at = now(), artifact_key = $3, source = $4,
      provider = $5, confidence = $6, words = $7, duration_ms = $8
    WHERE id = $1 AND claim_token = $2`,
};

/** $1 id, $2 claim token, $3 error */
export const failReading = {
  name: 'ocr_fail_reading',
  text: `UPDATE ocr_readings SET state = 'failed', node_id = NULL, claim_token = NULL, finished_at = now(), error = $3
         WHERE id = $1 AND claim_token = $2`,
};

/** $1 id, $2 claim token */
export const giveBackReading = {
  name: 'ocr_give_back_reading',
  text: `UPDATE ocr_readings SET state = 'waiting', node_id = NULL, claim_token = NULL WHERE id = $1 AND claim_token = $2`,
};

/**
 * Puts the readings of lost nodes back, and those a node no longer knows of: it reads one at a time and asks between two of them.
 * What was put back too often is given up. $1 most stalls, $2 error of those, $3 the node that asks
 */
export const rescueReadings = {
  name: 'ocr_rescue_readings',
  text: `
    UPDATE ocr_readings reading SET node_id = NULL, claim_token = NULL, stalls = stalls + 1,
      state = CASE WHEN stalls >= $1::int THEN 'failed' ELSE 'waiting' END,
      error = CASE WHEN stalls >= $1::int THEN $2::jsonb END,
      finished_at = CASE WHEN stalls >= $1::int THEN now() END
    WHERE state = 'running' AND (node_id = $3
      OR NOT EXISTS (SELECT 1 FROM ocr_nodes node WHERE node.id = reading.node_id AND node.lease_until > now()))`,
};
