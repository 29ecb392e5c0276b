/** $1 key */
export const readIdempotencyKey = {
  name: 'ocr_read_idempotency_key',
  text: `SELECT fingerprint, task_id, batch FROM ocr_idempotency_keys WHERE key = $1`,
};

/** Frees the key of a batch of which nothing is left. $1 key, $2 batch id */
export const forgetBatchKey = {
  name: 'ocr_forget_batch_key',
  text: `DELETE FROM ocr_idempotency_keys WHERE key = $1 AND batch ->> 'batchId' = $2`,
};

/** The same for all such batches. */
export const forgetBatchKeys = {
  name: 'ocr_forget_batch_keys',
  text: `
    DELETE FROM ocr_idempotency_keys
    WHERE batch IS NOT NULL AND NOT EXISTS (SELECT FROM ocr_tasks WHERE batch_id = (batch ->> 'batchId')::uuid)`,
};
