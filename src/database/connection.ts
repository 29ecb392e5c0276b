import pg from 'pg';

/** How to reach PostgreSQL. Everything in this folder takes it in this form. */
export interface DatabaseConnection {
  /** PostgreSQL URL. A unix socket's folder stands percent-encoded in the host's place. */
  readonly url: string;
}

/** Milliseconds until a connection attempt has failed. */
const CONNECT_TIMEOUT = 10_000;

/**
 * The options every `pg` client and pool of the product shares.
 * @param purpose Shown in `pg_stat_activity.application_name` after the product's name.
 */
export function clientOptions(connection: DatabaseConnection, purpose: string): pg.ClientConfig {
  return {
    connectionString: connection.url,
    application_name: `ocr-queue ${purpose}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    types: { getTypeParser },
  };
}

/**
 * True when the URL says `pgbouncer=true`: behind a transaction-pooling proxy there are neither prepared statements nor
 * session settings.
 */
export function isPooledByProxy(connection: DatabaseConnection): boolean {
  return /[?&]pgbouncer=(true|1)(&|$)/.test(connection.url);
}

/** The URL without its password, for messages. */
export function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*):[^@]*@/, '$1:***@');
}

const INT8 = 20;

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 && format !== 'binary' ? parseInt8 : pg.types.getTypeParser(oid, format);
}

/** bigint as a number: counts and microseconds fit. A value that does not fit is an error, never a wrong number. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The bigint ${text} is too large for a number; select it as text.`);
  return value;
}
