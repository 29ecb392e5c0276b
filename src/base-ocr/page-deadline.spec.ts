import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OcrError } from '../errors/ocr-error.js';
import { withinPageTime } from './page-deadline.js';

/** Work that goes on until its signal is aborted, as the pipeline's does. */
const endless = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('the time of a page', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const never = new AbortController().signal;

  it('ends with page_timeout', async () => {
    const outcome = withinPageTime(7, 30, never, endless).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await outcome).toMatchObject({ code: 'page_timeout', page: 7, retryable: true });
  });

  it('gives way to the caller’s abort, with the caller’s reason', async () => {
    const caller = new AbortController();
    const outcome = withinPageTime(7, 30, caller.signal, endless).catch((error: unknown) => error);
    caller.abort(new Error('paused'));
    expect(await outcome).toBe(caller.signal.reason);
    await expect(withinPageTime(7, 30, caller.signal, endless)).rejects.toBe(caller.signal.reason);
  });

  it('leaves no timer behind', async () => {
    expect(await withinPageTime(7, 30, never, () => Promise.resolve('text'))).toBe('text');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('names the page in every error', async () => {
    const failing = (error: unknown) => withinPageTime(7, 30, never, () => Promise.reject(error as Error));
    const refused = new OcrError('engine_failed', { retryable: false, detail: 'no', retryAfter: 4 });
    await expect(failing(refused)).rejects.toMatchObject({
      code: 'engine_failed',
      retryable: false,
      message: 'no',
      retryAfter: 4,
      page: 7,
    });
    await expect(failing(new TypeError('a bug'))).rejects.toMatchObject({ code: 'engine_failed', page: 7 });
  });
});
