import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { OcrError } from '../errors/ocr-error.js';
import { retryAfterSeconds } from '../errors/retry-after.js';
import { connectionReason } from '../network/connection-reason.js';
import { exchange } from '../network/http-exchange.js';
import { errorCode } from '../storage/file-errors.js';
import { credentialsOf, withoutCredentials } from '../storage/url-guard.js';

/** Bytes, and milliseconds, of an answer's body that are read: as much as receivers need to be done with it in peace. */
const MOST_BYTES = 64 * 1024;
const MOST_MS = 1000;

/** What became of a request. */
export interface Posted {
  /** HTTP status; null when there was no answer. */
  status: number | null;
  /** Why it does not count as delivered. `retryable` says whether it is tried again. */
  error?: OcrError;
}

export interface PostOptions {
  headers: Readonly<Record<string, string>>;
  /** Judges the addresses connected to; absent: all are good. */
  lookup?: LookupFunction;
  /** Seconds until the answer must have begun. */
  timeout: number;
  /** Ends the request. */
  signal: AbortSignal;
}

/**
 * Posts JSON to a webhook's address. Any answer from 200 to 299 is a yes; its body is not looked at. Redirects are not followed.
 * @throws the signal's reason when that ended it
 */
export async function postWebhook(url: URL, body: string, { headers, lookup, timeout, signal }: PostOptions): Promise<Posted> {
  const tooLong = AbortSignal.timeout(timeout * 1000);
  const authorization = credentialsOf(url);
  try {
    const response = await exchange(withoutCredentials(url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'ocr-queue',
        ...(authorization === undefined ? {} : { authorization }),
        ...headers,
      },
      body: Buffer.from(body),
      lookup,
      signal: AbortSignal.any([signal, tooLong]),
    });
    await drain(response);
    return judged(response);
  } catch (error) {
    signal.throwIfAborted();
    const detail = tooLong.aborted ? `The address did not answer within ${timeout} s` : connectionReason(errorCode(error));
    return { status: null, error: OcrError.from(error, 'webhook_failed', { detail }) };
  }
}

function judged({ statusCode: status = 0, headers }: IncomingMessage): Posted {
  if (status >= 200 && status < 300) return { status };
  const detail = `The address answered ${status}`;
  return isPassing(status)
    ? { status, error: new OcrError('webhook_failed', { detail, retryAfter: retryAfterSeconds(headers['retry-after']) }) }
    : { status, error: new OcrError('webhook_refused', { detail }) };
}

/** Whether another attempt may be answered otherwise. A permanent redirect is a wrong address; another one may be that of a day off. */
function isPassing(status: number): boolean {
  return status >= 500 || [408, 425, 429, 302, 303, 307].includes(status);
}

/** Lets the receiver finish a short answer, and breaks a long one off. */
async function drain(response: IncomingMessage): Promise<void> {
  const stop = setTimeout(() => response.destroy(), MOST_MS);
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) if ((bytes += part.length) > MOST_BYTES) break;
  } catch {
    // The answer has begun, which is all that counts.
  } finally {
    clearTimeout(stop);
    response.destroy();
  }
}
