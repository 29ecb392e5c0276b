/** $1 key */
export const readIdempotencyKey = {
  name: 'ocr_read_idempotency_key',
  text: `SELECT fingerprint, task_id, batch FROM ocr_idempotency_keys WHERE key = $1`,
};
