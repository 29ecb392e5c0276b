import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';

/** Tells whether a caller has one of the `api_keys`. Without such keys in the settings everybody is let in. */
@Injectable()
export class ApiKeys {
  private readonly digests: readonly Buffer[];

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.digests = settings.api_keys.map(digest);
  }

  /** Whether callers have to bring a key at all. */
  get required(): boolean {
    return this.digests.length > 0;
  }

  /**
   * True when the caller may come in: by `Authorization: Bearer <key>`, by `X-API-Key: <key>`, or, where `url` is given, by its
   * query parameter `api_key`. Give `url` for WebSockets only: browsers cannot set headers there.
   */
  isAllowed(headers: IncomingHttpHeaders, url?: string): boolean {
    return !this.required || keysOf(headers, url).some((key) => this.isKnown(key));
  }

  /** Compares digests of equal length, and all of them, so that the time taken tells nothing about the keys. */
  private isKnown(key: string): boolean {
    const given = digest(key);
    return this.digests.map((known) => timingSafeEqual(known, given)).includes(true);
  }
}

function keysOf(headers: IncomingHttpHeaders, url: string | undefined): string[] {
  const bearer = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const fromUrl = url === undefined ? null : new URLSearchParams(url.split('?', 2)[1] ?? '').get('api_key');
  return [bearer, headers['x-api-key'], fromUrl].filter((key) => typeof key === 'string');
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
