/** $1 key */
export const readIdempotencyKey = {
  name: 'ocr_read_idempotency_key',
  text: `SELECT fingerprint, task_id, batch FROM ocr_idempotency_keys WHERE key = $1`,
};

/**
 * Takes a key for a task, or for a batch by its first task; gives no row when another one has it, waiting for that one's
 * transaction. $1 key, $2 fingerprint, $3 task id, $4 batch or null
 */
export const claimIdempotencyKey = {
  name: 'ocr_claim_idempotency_key',
  text: `INSERT INTO ocr_idempotency_keys (key, fingerprint, task_id, batch) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO NOTHING RETURNING fingerprint, task_id, batch`,
};
