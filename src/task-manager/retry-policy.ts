import { LONGEST_WAIT } from '../errors/retry-after.js';

/** Bounds of the backoff between attempts, in seconds. */
export interface BackoffBounds {
  retry_backoff: number;
  retry_backoff_max: number;
}

/**
 * Seconds to wait before the next attempt: exponential with full jitter (a uniform draw below the doubled bound), so that
 * many jobs failed by one cause do not come back together. A remote party's `retryAfter` is a floor, up to an hour.
 * @param attempt attempts made so far, from 1
 */
export function backoffSeconds(
  bounds: BackoffBounds,
  attempt: number,
  retryAfter = 0,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(bounds.retry_backoff_max, bounds.retry_backoff * 2 ** (attempt - 1));
  return Math.max(Math.min(retryAfter, LONGEST_WAIT), ceiling * random());
}
