import { OcrError } from '../../../errors/ocr-error.js';
import { retryAfterSeconds } from '../../../errors/retry-after.js';
import { badAnswer, errorOfStatus, isConnectionError, unexpected, unreachable } from '../remote/remote-errors.js';

/** Google's error body (https://google.aip.dev/193). */
interface ErrorBody {
  error?: { message?: string; details?: { '@type'?: string; retryDelay?: string }[] };
}

/** What the client throws: gaxios' error with the answer's status and headers, its body as the message. */
interface ClientError {
  status?: unknown;
  message?: unknown;
  response?: { headers?: { get?: (name: string) => string | null } };
}

/** The client's errors in our words. A throttle's time to wait comes as `Retry-After`, or as `RetryInfo` in the body. */
export function errorOfDocumentAi(name: string, thrown: unknown): OcrError {
  if (thrown instanceof OcrError) return thrown;
  const { status, message, response } = thrown as ClientError;
  if (typeof status === 'number') {
    const said = parsed(message);
    const delay = said?.error?.details?.find((detail) => detail['@type']?.endsWith('google.rpc.RetryInfo'))?.retryDelay;
    const retryAfter = retryAfterSeconds(response?.headers?.get?.('retry-after') ?? delay?.replace(/s$/, ''));
    return errorOfStatus(name, status, { retryAfter, message: said?.error?.message, cause: thrown });
  }
  if (isConnectionError(thrown)) return unreachable(name, thrown);
  if (thrown instanceof SyntaxError) return badAnswer(name, 'it is no JSON', thrown);
  return unexpected(name, thrown);
}

/** Status codes of google.rpc.Code as the HTTP statuses they go with (https://cloud.google.com/apis/design/errors). */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  9: 400,
  10: 503,
  11: 400,
  14: 503,
  16: 401,
};

/** What went wrong with a batch, or one document of it, in our words: `google.rpc.Status`. */
export function errorOfRpcStatus(name: string, status: { code?: unknown; message?: string | null }): OcrError {
  const message = status.message ?? undefined;
  return errorOfStatus(name, HTTP_STATUS[Number(status.code)] ?? 500, { message });
}

function parsed(body: unknown): ErrorBody | undefined {
  try {
    return JSON.parse(String(body)) as ErrorBody;
  } catch {
    return undefined;
  }
}
