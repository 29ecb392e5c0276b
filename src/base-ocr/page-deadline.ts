import { isAbort, OcrError } from '../errors/ocr-error.js';

/**
 * Runs the work on one page within `seconds`. The signal it gets is aborted with the caller's, and when time is up.
 * @throws OcrError carrying the page: `page_timeout` (retryable) when time is up, `engine_failed` for what is no OcrError;
 *   or the caller's reason, as it is, once the caller's signal is aborted.
 */
export async function withinPageTime<T>(
  page: number,
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const clock = new AbortController();
  const late = new OcrError('page_timeout', { page, detail: `Page ${page} took longer than ${seconds} seconds.` });
  const timer = setTimeout(() => clock.abort(late), seconds * 1000);
  try {
    return await work(AbortSignal.any([signal, clock.signal]));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (clock.signal.aborted && (error === late || isAbort(error))) throw late;
    throw onPage(error, page);
  } finally {
    clearTimeout(timer);
  }
}

/** The error, with the page it belongs to. */
function onPage(error: unknown, page: number): OcrError {
  const known = OcrError.from(error, 'engine_failed');
  if (known.page === page) return known;
  const { code, message: detail, retryable, retryAfter, fields, cause } = known;
  return new OcrError(code, { detail, page, retryable, retryAfter, fields, cause });
}
