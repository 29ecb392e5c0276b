/** A part of a statement by which its transaction does not wait for the disk: to be read from by what writes. */
export const LAZILY = `lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`;

/** Waits until all that was committed before is on the disk. Its own record, which nobody reads, is what takes the server to flush. */
export const flushCommits = { name: 'ocr_flush_commits', text: `SELECT pg_logical_emit_message(true, 'ocr_queue', '')` };
