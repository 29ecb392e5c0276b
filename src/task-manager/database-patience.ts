import { setTimeout as sleep } from 'node:timers/promises';
import { OcrError } from '../errors/ocr-error.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/**
 * Repeats a fenced write while the database cannot be reached, so that a restart of PostgreSQL costs no finished work. Ends
 * when the write succeeds, fails for another reason, or the signal aborts (the node's lease has run out by then).
 */
export async function untilDatabaseAnswers<T>(signal: AbortSignal, write: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof OcrError && error.code === 'service_unavailable')) throw error;
    }
    await sleep(wait, undefined, { signal });
  }
}
