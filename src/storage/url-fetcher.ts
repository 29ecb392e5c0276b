import { lookup as systemLookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { unescape } from 'node:querystring';
import type { Readable } from 'node:stream';
import { OcrError } from '../errors/ocr-error.js';
import { retryAfterSeconds } from '../errors/retry-after.js';
import { isAllowedAddress } from './address-guard.js';
import { errorCode } from './file-errors.js';
import { guardedLookup, type Resolve } from './guarded-lookup.js';
import { exchange } from '../network/http-exchange.js';
import { tooLarge, type BodyLimits } from './measured-body.js';

/** Redirects followed for one document. */
const MAX_REDIRECTS = 5;

export interface UrlFetcherOptions {
  /** Seconds one fetch may take, from the first look-up to the last byte. */
  timeout: number;
  /** Size of the largest document accepted. */
  maxBytes: number;
  /** Whether private and loopback addresses may be reached. */
  allowPrivate: boolean;
  /** Replaces the rule of `isAllowedAddress`. */
  isAllowed?: (address: string) => boolean;
  /** Replaces the system's resolver. */
  resolve?: Resolve;
}

/**
 * Fetches documents over http(s) for callers who must not learn to use us as a way into our own network: every address a
 * connection is made to is judged first, the very one that is then connected to, at every redirect anew.
 */
export class UrlFetcher {
  private readonly isAllowed: (address: string) => boolean;
  private readonly resolve: Resolve;
  private readonly lookup: LookupFunction;

  constructor(private readonly options: UrlFetcherOptions) {
    this.isAllowed = options.isAllowed ?? ((address) => isAllowedAddress(address, options.allowPrivate));
    this.resolve = options.resolve ?? ((hostname) => systemLookup(hostname, { all: true }));
    this.lookup = guardedLookup(this.resolve, this.isAllowed);
  }

  /** The contract of `InputResolver.checkUrl`. */
  async check(url: string): Promise<void> {
    const hostname = hostnameOf(this.parse(url));
    if (isIP(hostname)) return;
    const addresses = await this.resolve(hostname).catch(() => []);
    if (!addresses.every(({ address }) => this.isAllowed(address))) throw new OcrError('url_not_allowed');
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
      throw OcrError.from(error, 'url_fetch_failed', { detail: reasonOf(error) });
    } finally {
      response?.destroy();
    }
  }

  /** The first answer that is no redirect, when it carries a document. */
  private async follow(start: string, signal: AbortSignal): Promise<IncomingMessage> {
    let url = this.parse(start);
    const authorization = credentialsOf(url);
    const firstOrigin = url.origin;
    for (let redirects = 0; ; redirects++) {
      const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'ocr-queue' };
      if (authorization !== undefined && url.origin === firstOrigin) headers.authorization = authorization;
      const response = await exchange(withoutCredentials(url), { headers, lookup: this.lookup, signal });
      const location = response.headers.location;
      if (!isRedirect(response) || location === undefined) return accepted(response);
      response.destroy();
      if (redirects === MAX_REDIRECTS) throw failed('The address redirects too often', { retryable: false });
      if (!URL.canParse(location, url.href))
        throw failed('The address redirects to something that is no address', { retryable: false });
      url = this.parse(new URL(location, url.href).href);
    }
  }

  /** Judges what can be judged without the network. Names like `2130706433` or `0x7f.1` are IPv4 addresses once parsed. */
  private parse(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
      throw new OcrError('url_not_allowed', { detail: 'The address must begin with http:// or https://' });
    }
    const hostname = hostnameOf(url);
    if (isIP(hostname) && !this.isAllowed(hostname)) throw new OcrError('url_not_allowed');
    return url;
  }
}

/** The host without the brackets of IPv6. */
function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function credentialsOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const plain = `${unescape(url.username)}:${unescape(url.password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
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

/** What callers may know of a connection that failed; the rest stands in the log. */
const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The host name of the address is unknown',
  EAI_AGAIN: 'The host name of the address cannot be looked up at the moment',
  ECONNREFUSED: 'The server of the address refuses connections',
  ECONNRESET: 'The server of the address broke the connection off',
};

function reasonOf(error: unknown): string | undefined {
  const code = errorCode(error) ?? '';
  if (/^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code))
    return 'The certificate of the address’s server is not valid';
  return REASONS[code];
}

function failed(detail: string, options: { retryable: boolean; retryAfter?: number }): OcrError {
  return new OcrError('url_fetch_failed', { detail, ...options });
}
