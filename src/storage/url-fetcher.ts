import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { OcrError } from '../errors/ocr-error.js';
import { retryAfterSeconds } from '../errors/retry-after.js';
import { connectionReason } from '../network/connection-reason.js';
import { exchange } from '../network/http-exchange.js';
import { errorCode } from './file-errors.js';
import { tooLarge, type BodyLimits } from './measured-body.js';
import { credentialsOf, UrlGuard, withoutCredentials, type UrlGuardOptions } from './url-guard.js';

/** Redirects followed for one document. */
const MAX_REDIRECTS = 5;

export interface UrlFetcherOptions extends UrlGuardOptions {
  /** Seconds one fetch may take, from the first look-up to the last byte. */
  timeout: number;
  /** Size of the largest document accepted. */
  maxBytes: number;
}

/**
 * Fetches documents over http(s) for callers who must not learn to use us as a way into our own network: every address a
 * connection is made to is judged first, the very one that is then connected to, at every redirect anew.
 */
export class UrlFetcher {
  private readonly guard: UrlGuard;

  constructor(private readonly options: UrlFetcherOptions) {
    this.guard = new UrlGuard(options);
  }

  /** The contract of `InputResolver.checkUrl`. */
  async check(url: string): Promise<void> {
    await this.guard.check(url);
  }

  /**
   * Hands the bytes at `url` to `take`, which gets the limits to hold while it reads them.
   * @throws OcrError `url_not_allowed`, `document_too_large`, `url_fetch_failed` (retryable for a network that fails, a fetch that
   *   takes too long, and answers 408, 425, 429 and 5xx); the OcrErrors of `take`; the signal's reason when aborted.
   */
  async fetch<T>(url: string, take: (body: Readable, limits: BodyLimits) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { maxBytes, timeout } = this.options;
    const tooLong = AbortSignal.timeout(timeout * 1000);
    const stop = signal === undefined ? tooLong : AbortSignal.any([signal, tooLong]);
    let response: IncomingMessage | undefined;
    try {
      response = await this.follow(url, stop);
      if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
      return await take(response, { signal: stop, maxBytes });
    } catch (error) {
      signal?.throwIfAborted();
      if (tooLong.aborted && !(error instanceof OcrError))
        throw failed(`The address did not give the document within ${timeout} s`, { retryable: true });
      throw OcrError.from(error, 'url_fetch_failed', { detail: connectionReason(errorCode(error)) });
    } finally {
      response?.destroy();
    }
  }

  /** The first answer that is no redirect, when it carries a document. */
  private async follow(start: string, signal: AbortSignal): Promise<IncomingMessage> {
    let url = this.guard.parse(start);
    const authorization = credentialsOf(url);
    const firstOrigin = url.origin;
    for (let redirects = 0; ; redirects++) {
      const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'ocr-queue' };
      if (authorization !== undefined && url.origin === firstOrigin) headers.authorization = authorization;
      const response = await exchange(withoutCredentials(url), { headers, lookup: this.guard.lookup, signal });
      const location = response.headers.location;
      if (!isRedirect(response) || location === undefined) return accepted(response);
      response.destroy();
      if (redirects === MAX_REDIRECTS) throw failed('The address redirects too often', { retryable: false });
      if (!URL.canParse(location, url.href))
        throw failed('The address redirects to something that is no address', { retryable: false });
      url = this.guard.parse(new URL(location, url.href).href);
    }
  }
}

function isRedirect({ statusCode = 0 }: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(statusCode);
}

function accepted(response: IncomingMessage): IncomingMessage {
  const { statusCode = 0, headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (statusCode === 200 && encoding === 'identity') return response;
  response.destroy();
  if (statusCode === 200) throw failed('The address answered in an encoding it was not asked for', { retryable: false });
  const retryable = statusCode >= 500 || [408, 425, 429].includes(statusCode);
  throw failed(`The address answered ${statusCode}`, {
    retryable,
    retryAfter: retryAfterSeconds(headers['retry-after']),
  });
}

function failed(detail: string, options: { retryable: boolean; retryAfter?: number }): OcrError {
  return new OcrError('url_fetch_failed', { detail, ...options });
}
