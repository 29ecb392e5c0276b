import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { SETTINGS, type Settings } from '../config/settings.js';

/**
 * Keeps web pages of other sites from acting through a visitor's browser. Programs other than browsers send no `Origin` and
 * are not concerned.
 */
@Injectable()
export class Origins {
  private readonly listed: ReadonlySet<string>;
  private readonly onLoopback: boolean;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.listed = new Set(settings.cors_origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
    this.onLoopback = isLoopback(settings.host);
  }

  /** True for a request of no browser, of a page we served ourselves, or of one of the `cors_origins`. For every WebSocket, and all that changes something. */
  isAllowed(headers: IncomingHttpHeaders): boolean {
    const origin = headers.origin?.toLowerCase();
    if (origin === undefined || this.listed.has(origin) || this.listed.has('*')) return true;
    return URL.canParse(origin) && this.hostsOf(headers).some((host) => isSameHost(origin, host));
  }

  /**
   * False when the server listens on loopback and the request was meant for a name that is not: DNS rebinding, where a page's
   * own domain suddenly resolves to 127.0.0.1. Behind a trusted proxy the names are the proxy's business.
   */
  isKnownHost(headers: IncomingHttpHeaders): boolean {
    if (!this.onLoopback || this.settings.trust_proxy || headers.host === undefined) return true;
    const url = `http://${headers.host}`;
    return URL.canParse(url) && isLoopback(new URL(url).hostname);
  }

  /** The hosts under which the caller reached us. */
  private hostsOf(headers: IncomingHttpHeaders): string[] {
    const forwarded = this.settings.trust_proxy ? headers['x-forwarded-host'] : undefined;
    return [headers.host, forwarded].filter((host) => typeof host === 'string');
  }
}

/** Compares host and port; the scheme is the origin's, as a proxy may have ended TLS before us. */
function isSameHost(origin: string, host: string): boolean {
  const own = `${new URL(origin).protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === new URL(origin).host;
}

/** True for a name or an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && ipaddr.process(name).range() === 'loopback';
}
