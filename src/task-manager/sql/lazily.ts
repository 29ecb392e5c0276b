/** A part of a statement by which its transaction does not wait for the disk: to be read from by what writes. */
export const LAZILY = `lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/**
 * Waits until a task that was committed is on the disk, with all that was committed before: a record of its own, which nobody reads, is what takes
 * the server to flush. No row when the task is not there: the server was lost before, and with it the task. $1 task id
 */
export const flushTask = {
  name: 'ocr_flush_task',
  text: `SELECT pg_logical_emit_message(true, 'ocr_queue', '') FROM ocr_tasks WHERE id = $1`,
};

/** The same for a batch, of which a task is enough. $1 batch id */
export const flushBatch = {
  name: 'ocr_flush_batch',
  text: `
    SELECT pg_logical_emit_message(true, 'ocr_queue', '')
    FROM (SELECT FROM ocr_tasks WHERE batch_id = $1 LIMIT 1) AS found`,
};
