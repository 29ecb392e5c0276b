import { OcrError } from '../../../errors/ocr-error.js';

/** Seconds to leave a service alone that asks for fewer pages without saying how long. */
const USUAL_WAIT = 1;

/** Longest time to wait, in seconds, that pages wait out at the service; a longer one is left to the retries of the job. */
export const LONGEST_PAUSE = 10;

/** Facts beside the status of a refused request. */
export interface Refusal {
  /** Seconds the service asks us to wait. */
  readonly retryAfter?: number;
  /** What the service says of it; it reaches callers, so nothing but the service's own short message. */
  readonly message?: string;
  /** What the client threw; see {@link bare}. */
  readonly cause?: unknown;
}

/**
 * A client's error without what hangs on it: requests with their credentials, sockets, whole answers. Causes are logged.
 */
export function bare(thrown: unknown): Error | undefined {
  if (thrown === undefined) return undefined;
  if (!(thrown instanceof Error)) return new Error(String(thrown).slice(0, 1000));
  const { name, message, cause } = thrown;
  const { code } = thrown as { code?: unknown };
  const inner = cause instanceof Error ? ` (${cause.message})` : '';
  return new Error(`${name}${typeof code === 'string' ? ` ${code}` : ''}: ${message}${inner}`.slice(0, 1000));
}

/**
 * What an HTTP status means for a page. `engine_unavailable` is what has nothing to do with the page: the provider is throttled or
 * down, or wrongly configured; the page waits until that is mended. `engine_failed` is about the page: refused for good, or
 * failed this once.
 */
export function errorOfStatus(name: string, status: number, { retryAfter, message, cause: thrown }: Refusal = {}): OcrError {
  const cause = bare(thrown);
  const said = message === undefined || message.trim() === '' ? '' : `: ${message.trim().slice(0, 300)}`;
  const unavailable = (what: string, wait = retryAfter) =>
    new OcrError('engine_unavailable', { detail: `${name} ${what} (${status})${said}`, retryAfter: wait, cause });
  const failed = (what: string, retryable: boolean) =>
    new OcrError('engine_failed', { detail: `${name} ${what} (${status})${said}`, retryable, retryAfter, cause });

  if (status === 429) return unavailable('asks for fewer pages', retryAfter ?? USUAL_WAIT);
  if (status === 401 || status === 403) return unavailable('refuses the credentials it is configured with');
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return unavailable('is not at the address it is configured with');
  if (status === 408 || status === 425 || status === 502 || status === 503 || status === 504)
    return unavailable('cannot answer right now');
  if (status >= 400 && status < 500) return failed('does not take the page', false);
  return failed('failed on the page', true);
}

/** No connection, or one that broke before there was an answer. */
export function unreachable(name: string, cause: unknown): OcrError {
  return new OcrError('engine_unavailable', { detail: `${name} cannot be reached.`, cause: bare(cause) });
}

/** No answer in time. */
export function late(name: string, seconds: number): OcrError {
  return new OcrError('engine_unavailable', { detail: `${name} did not answer within ${seconds} seconds.` });
}

/** An answer that is not what the service promises. */
export function badAnswer(name: string, what: string, cause?: unknown): OcrError {
  return new OcrError('engine_failed', { detail: `${name} gave no usable answer: ${what}.`, cause: bare(cause) });
}

/** Whatever else goes wrong inside a client. The words of a stranger's error stay in the log. */
export function unexpected(name: string, cause: unknown): OcrError {
  return new OcrError('engine_failed', { detail: `${name} failed on the page.`, cause: bare(cause) });
}

/** Codes of sockets and of streams that broke; those of the disk look alike. */
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EPROTO',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
/** Codes of name look-ups, of Node's own fetch and of TLS. */
const CONNECTION_CODES = /^(EAI_[A-Z]+|UND_ERR_\w+|ERR_TLS\w*|\w*CERT\w*|UNABLE_TO_\w+|ERR_SSL\w*)$/;

/** True for the errors of sockets, name look-ups and TLS, wherever a client has put them. */
export function isConnectionError(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const { code } = each as { code?: unknown };
    if (typeof code === 'string' && (SOCKET_CODES.has(code) || CONNECTION_CODES.test(code))) return true;
  }
  return false;
}
