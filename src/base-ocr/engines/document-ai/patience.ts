import { setTimeout as wait } from 'node:timers/promises';
import { OcrError } from '../../../errors/ocr-error.js';

/** How patient a node is with Document AI and its storage. All in seconds. */
export interface Patience {
  /** Pauses before what costs no page is asked once more; as many tries as there are pauses, and the first. */
  readonly pauses: readonly number[];
  /** What a batch that was given up may take to end over there, before what it left is cleared away. */
  readonly farewell: number;
  /** For how long no batches are made after one failed. */
  readonly rest: number;
}

export const PATIENCE: Patience = { pauses: [1, 2, 4, 8, 15], farewell: 5, rest: 600 };

/** Longest time to wait, in seconds, that is waited out between two tries. */
export const LONGEST_PAUSE = 60;

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
