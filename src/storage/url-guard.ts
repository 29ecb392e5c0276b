import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { unescape } from 'node:querystring';
import type { ErrorCode } from '../errors/error-codes.js';
import { OcrError } from '../errors/ocr-error.js';
import { inTime } from '../threads/in-time.js';
import { isAllowedAddress } from './address-guard.js';
import { guardedLookup, type Resolve } from './guarded-lookup.js';

export interface UrlGuardOptions {
  /** Whether private and loopback addresses may be reached. */
  allowPrivate: boolean;
  /** Replaces the rule of `isAllowedAddress`. */
  isAllowed?: (address: string) => boolean;
  /** Replaces the system's resolver. */
  resolve?: Resolve;
  /** What a refusal is called. Default: `url_not_allowed`. */
  refusal?: ErrorCode;
  /** Milliseconds {@link UrlGuard.check} waits for a name to be resolved. Default: a second; a batch names a thousand. */
  patience?: number;
}

/** Letters of a host name at most (RFC 1035). Longer ones lead nowhere. */
const LONGEST_HOST = 253;

/**
 * Judges addresses callers name, who must not learn to use us as a way into our own network: before anything is sent, and with
 * {@link lookup} the very address that is then connected to.
 */
export class UrlGuard {
  private readonly isAllowed: (address: string) => boolean;
  private readonly resolve: Resolve;
  private readonly refusal: ErrorCode;
  private readonly patience: number;
  /** For sockets: gives only addresses that were judged. */
  readonly lookup: LookupFunction;

  constructor({ allowPrivate, isAllowed, resolve, refusal = 'url_not_allowed', patience = 1000 }: UrlGuardOptions) {
    this.isAllowed = isAllowed ?? ((address) => isAllowedAddress(address, allowPrivate));
    this.resolve = resolve ?? ((hostname) => systemLookup(hostname, { all: true }));
    this.refusal = refusal;
    this.patience = patience;
    this.lookup = guardedLookup(this.resolve, this.isAllowed, refusal);
  }

  /**
   * Judges what can be judged without the network. Names like `2130706433` or `0x7f.1` are IPv4 addresses once parsed.
   * @throws OcrError of the refusal
   */
  parse(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
      throw new OcrError(this.refusal, { detail: 'The address must begin with http:// or https://' });
    }
    const hostname = hostnameOf(url);
    if (hostname.length > LONGEST_HOST) throw new OcrError(this.refusal, { detail: 'The host name of the address is too long' });
    if (isIP(hostname) && !this.isAllowed(hostname)) throw new OcrError(this.refusal);
    return url;
  }

  /** The same, and where its name leads now. One that cannot be resolved right now passes: the connection will tell. */
  async check(text: string): Promise<URL> {
    const url = this.parse(text);
    const hostname = hostnameOf(url);
    if (isIP(hostname)) return url;
    const addresses = await this.resolveInTime(hostname);
    if (!addresses.every(({ address }) => this.isAllowed(address))) throw new OcrError(this.refusal);
    return url;
  }

  /** None where it takes too long: no caller is kept from an answer by a thousand names that lead nowhere. */
  private async resolveInTime(hostname: string): Promise<LookupAddress[]> {
    const found = this.resolve(hostname).catch(() => []);
    return inTime(found, this.patience, []);
  }
}

/** What a request sends of the name and the password in an address, if there are any. */
export function credentialsOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const plain = `${unescape(url.username)}:${unescape(url.password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** The host without the brackets of IPv6. */
function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
