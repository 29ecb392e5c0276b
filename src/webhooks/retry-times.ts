import { LONGEST_WAIT } from '../errors/retry-after.js';

/** Seconds until the second attempt, and most between two. */
const FIRST_WAIT = 5;
const LAST_WAIT = 3600;

/**
 * Seconds to wait after an attempt that failed: doubled each time, of which the second half is drawn by lot, so that what failed together does not come
 * back together. A receiver's `Retry-After` is a floor, up to an hour.
 * @param attempt attempts made so far, from 1
 */
export function secondsUntilNext(attempt: number, retryAfter = 0, random: () => number = Math.random): number {
  const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (attempt - 1));
  return Math.max(Math.min(retryAfter, LONGEST_WAIT), wait * (0.5 + random() / 2));
}
