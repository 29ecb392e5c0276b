import { OcrError } from '../errors/ocr-error.js';

/** Node's codes of a connection that could not be made or was cut. ENOENT: the unix socket is not there (yet). */
const SYSTEM_CODES = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ENOENT ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN'.split(' '),
);
/** SQLSTATE of a server that takes no writes: a standby. */
export const READ_ONLY = '25006';
/** SQLSTATE of a server whose disk is full. */
const DISK_FULL = '53100';
/**
 * SQLSTATE: the server is going down, starting up, has no place left for us, or no disk or memory; or it is read-only: a standby,
 * not (yet) the primary, and another connection may lead to that. Class 08 (connection) is tested apart.
 */
const SERVER_CODES = new Set(['57P01', '57P02', '57P03', '57P05', DISK_FULL, '53200', '53300', '25P03', READ_ONLY]);
/** pg and pg-pool give these no code. */
const MESSAGES =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed)|Cannot use a pool after calling end)/;

/** True when PostgreSQL could not be reached, went away in between, or takes no writes now: the statement may or may not have happened. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isConnectionLoss)) return true;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return SYSTEM_CODES.has(code) || SERVER_CODES.has(code) || /^08[0-9A-Z]{3}$/.test(code);
  return MESSAGES.test(error.message);
}

/** True when a statement was sent and its answer did not come in time: the connection may be half open. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** True when the server's disk is full: nothing can be written until somebody makes room. */
export function isDiskFull(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === DISK_FULL;
}

/** True when the transaction lost against another one (serialization failure, deadlock) and may simply be run again. */
export function isLostRace(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === '40001' || code === '40P01';
}

function detailOf(code: unknown): string {
  if (code === DISK_FULL) return 'The disk of the database is full.';
  return code === READ_ONLY ? 'The database is read-only right now.' : 'The database cannot be reached right now.';
}

/** A lost connection becomes OcrError `service_unavailable`; every other error is passed on as it is. */
export function mapDatabaseError(error: unknown): unknown {
  if (error instanceof OcrError || !isConnectionLoss(error)) return error;
  return new OcrError('service_unavailable', { detail: detailOf((error as { code?: unknown }).code), cause: error });
}
