import { setTimeout as wait } from 'node:timers/promises';
import { OcrError } from '../../../errors/ocr-error.js';

/** Seconds to wait before what costs no page is asked once more; as many tries as there are pauses, and the first. */
export const PAUSES: readonly number[] = [1, 2, 4, 8, 15];

/** Longest time to wait, in seconds, that is waited out between two tries. */
const LONGEST_PAUSE = 60;

/**
 * Asks again, after a pause each time, while the answer is one that may be better next time: for what can be asked twice without harm.
 * @param ask throws OcrErrors
 * @param again whether an error is worth another try; absent: when it is retryable
 * @throws the last error; or the signal's reason
 */
export async function persistently<T>(
  pauses: readonly number[],
  signal: AbortSignal,
  ask: () => Promise<T>,
  again = (error: OcrError) => error.retryable,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OcrError) || !again(error) || (error.retryAfter ?? 0) > LONGEST_PAUSE) throw error;
      await wait(Math.max(pause, error.retryAfter ?? 0) * 1000, undefined, { signal });
    }
  }
  return ask();
}

/** Short times to wait have been waited out: without one, the pages are given back instead of being sent again at once. */
export function waitedOut({ code, message: detail, retryable, retryAfter = 0, cause }: OcrError): OcrError {
  return new OcrError(code, { detail, retryable, retryAfter: retryAfter > LONGEST_PAUSE ? retryAfter : undefined, cause });
}
