import { OcrError } from '../../../errors/ocr-error.js';
import { retryAfterSeconds } from '../../../errors/retry-after.js';
import { badAnswer, errorOfStatus, isConnectionError, unexpected, unreachable } from '../remote/remote-errors.js';

/** The SDK's errors: a name of the service's, what became of the request, and the raw answer. */
interface SdkError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string | undefined> };
}

/**
 * Statuses by the error's name, because Textract answers nearly everything with 400:
 * https://docs.aws.amazon.com/textract/latest/dg/API_DetectDocumentText.html#API_DetectDocumentText_Errors
 */
const STATUS: Readonly<Record<string, number>> = {
  ProvisionedThroughputExceededException: 429,
  ThrottlingException: 429,
  LimitExceededException: 429,
  TooManyRequestsException: 429,
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  ExpiredTokenException: 403,
  IncompleteSignature: 403,
  MissingAuthenticationToken: 403,
  CredentialsProviderError: 403,
};

/** The SDK's errors in our words. */
export function errorOfTextract(name: string, thrown: unknown): OcrError {
  if (thrown instanceof OcrError) return thrown;
  const { name: kind = '', message, $metadata, $response } = thrown as SdkError;
  if (isConnectionError(thrown) || kind === 'TimeoutError') return unreachable(name, thrown);
  const status = STATUS[kind] ?? $metadata?.httpStatusCode;
  if (thrown instanceof SyntaxError || status === 200) return badAnswer(name, 'it is no JSON', thrown);
  if (status === undefined) return unexpected(name, thrown);
  const retryAfter = retryAfterSeconds($response?.headers?.['retry-after']);
  // Messages of 403 and of unknown errors may quote keys and raw bodies.
  const told = STATUS[kind] === undefined && status >= 500 ? undefined : status === 403 ? undefined : message;
  return errorOfStatus(name, status, { retryAfter, message: told, cause: thrown });
}
