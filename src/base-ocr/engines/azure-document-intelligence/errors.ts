import { isAbort, OcrError } from '../../../errors/ocr-error.js';
import { retryAfterSeconds } from '../../../errors/retry-after.js';
import { badAnswer, errorOfStatus, isConnectionError, unexpected, unreachable } from '../remote/remote-errors.js';

/** An answer of Azure's, good or bad, as its client gives it. */
export interface Answer {
  readonly status: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** A refusal in our words: https://learn.microsoft.com/azure/ai-services/document-intelligence/how-to-guides/resolve-errors */
export function errorOfAnswer(name: string, { status, headers, body }: Answer): OcrError {
  const error = (body as { error?: { message?: unknown; innererror?: { message?: unknown } } } | undefined)?.error;
  const message = error?.innererror?.message ?? error?.message;
  return errorOfStatus(name, Number(status), {
    retryAfter: retryAfterSeconds(headers['retry-after']),
    message: typeof message === 'string' ? message : undefined,
  });
}

/** What the client throws, in our words. */
export function errorOfAzure(name: string, thrown: unknown): OcrError {
  if (thrown instanceof OcrError) return thrown;
  if (isAbort(thrown)) return unreachable(name, thrown);
  const { code, statusCode, message } = thrown as { code?: unknown; statusCode?: unknown; message?: unknown };
  if (code === 'PARSE_ERROR' || (typeof message === 'string' && message.includes('parsing response body'))) {
    return typeof statusCode === 'number' && statusCode >= 400
      ? errorOfStatus(name, statusCode, { cause: thrown })
      : badAnswer(name, 'it is no JSON', thrown);
  }
  if (code === 'REQUEST_SEND_ERROR' || isConnectionError(thrown)) return unreachable(name, thrown);
  return unexpected(name, thrown);
}
