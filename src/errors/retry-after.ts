/** Longest wait believed of a remote party, in seconds. */
export const LONGEST_WAIT = 3600;

/**
 * `Retry-After` in seconds: a number of them, or a date (RFC 9110, 10.2.3). Undefined when it is neither.
 * @param now milliseconds since 1970
 */
export function retryAfterSeconds(header: string | null | undefined, now = Date.now()): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_WAIT, Math.max(0, seconds));
}
