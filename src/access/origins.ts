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
  private readonly names: ReadonlySet<string>;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.listed = new Set(settings.cors_origins.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
    this.onLoopback = isLoopback(settings.host);
    this.names = new Set(settings.allowed_hosts.map((name) => name.toLowerCase()));
  }

  /** True for a request of no browser, of a page we served ourselves, or of one of the `cors_origins`. For every WebSocket, and all that changes something. */
  isAllowed(headers: IncomingHttpHeaders): boolean {
    const origin = headers.origin?.toLowerCase();
    if (origin === undefined || this.listed.has(origin) || this.listed.has('*')) return true;
    return URL.canParse(origin) && this.hostsOf(headers).some((host) => isSameHost(origin, host));
  }

  /**
   * False when the request was meant for a name that may be a stranger's: DNS rebinding, where a page's own domain suddenly resolves to this
   * server's address, so that the browser takes us for the page's own. On loopback these are all names that are not; elsewhere, in a
   * container say, all that the public DNS may give to anyone, unless a key is asked for, which no such page has. Behind a trusted proxy the
   * names are the proxy's business.
   */
  isKnownHost({ host }: IncomingHttpHeaders): boolean {
    const { trust_proxy, api_keys } = this.settings;
    if (trust_proxy || host === undefined) return true;
    if (!this.onLoopback && (api_keys.length > 0 || this.listed.has('*'))) return true;
    const url = `http://${host}`;
    if (!URL.canParse(url)) return false;
    const name = new URL(url).hostname.replace(/\.$/, '');
    return isLoopback(name) || this.names.has(name) || (!this.onLoopback && isPrivateName(name));
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

/**
 * Ends of names that the public DNS gives to nobody: RFC 6762, RFC 8375, ICANN's resolution of 2024-07-29 for `internal`; and those of Kubernetes' services
 * and of home routers, which are no top-level domains.
 */
const PRIVATE_ENDS = /\.(local|internal|home\.arpa|svc|lan)$/;

/** True for an address, and for a name that nobody can have in the public DNS, such as those of containers. */
function isPrivateName(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || PRIVATE_ENDS.test(name);
}

/** True for a name or an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) !== 0 && ipaddr.process(name).range() === 'loopback';
}
