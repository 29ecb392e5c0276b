import { late } from '../remote/remote-errors.js';
import { unlessAborted } from '../remote/unless-aborted.js';

/** A call of Google's client: the promise its public methods hide, which can be cancelled. */
export type Call<T> = Promise<readonly [T, ...unknown[]]> & { cancel(): void };

/** Options of every call: tries are counted by us. Time is limited by us, too; the client's own limits do nothing over REST. */
export const ONCE = { retry: { retryCodes: [] }, maxRetries: 0 };

/**
 * What a call is answered; aborting the signal cancels it. A call that is cancelled while the body of its answer comes in is never heard of
 * again: google-gax drops the error, so that it is not waited for.
 * @throws what the client throws; or the signal's reason
 */
export async function answerTo<T>(call: Call<T>, signal: AbortSignal): Promise<T> {
  try {
    const [answer] = await unlessAborted(call, signal);
    return answer;
  } finally {
    // Does nothing to one that has ended.
    call.cancel();
  }
}

/**
 * Does work that may take so many seconds: its signal is aborted with the caller's, and when time is up.
 * @param name API name of the provider
 * @throws OcrError `engine_unavailable` when time is up; or what the work throws
 */
export async function within<T>(
  name: string,
  seconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (seconds === Infinity) return work(signal);
  const clock = AbortSignal.timeout(Math.round(seconds * 1000));
  try {
    return await work(AbortSignal.any([signal, clock]));
  } catch (error) {
    throw clock.aborted && !signal.aborted ? late(name, seconds) : error;
  }
}
