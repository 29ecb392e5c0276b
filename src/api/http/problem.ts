import { HttpException } from '@nestjs/common';
import { mapDatabaseError } from '../../database/connection-errors.js';
import type { ErrorCode } from '../../errors/error-codes.js';
import { OcrError, type FieldError } from '../../errors/ocr-error.js';

/** An error answer: problem details of RFC 9457, with our stable `code` and what helps to find the call in the log. */
export interface Problem {
  /** Address of the code's description, relative to the server. */
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  /** True when trying again later, unchanged, may succeed. */
  retryable: boolean;
  /** Path of the call. */
  instance: string;
  request_id?: string;
  /** Which fields of the request are wrong, and why. */
  errors?: readonly FieldError[];
}

export const PROBLEM_TYPE = 'application/problem+json';

export function toProblem(error: OcrError, call: { path: string; requestId?: string }): Problem {
  return {
    type: `/api/errors/${error.code}`,
    title: error.info.title,
    status: error.info.status,
    detail: error.message,
    code: error.code,
    retryable: error.retryable,
    instance: call.path,
    ...(call.requestId === undefined ? {} : { request_id: call.requestId }),
    ...(error.fields === undefined ? {} : { errors: error.fields }),
  };
}

/** Codes for the errors of Express' body parser, by their `type`. What is not here is a body that could not be read. */
const BODY_ERRORS: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'request_too_large',
  'parameters.too.many': 'request_too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
};

/** Codes for the framework's own exceptions, by their status. */
const HTTP_ERRORS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  422: 'invalid_request',
  503: 'service_unavailable',
};

/**
 * The OcrError behind anything a call may end with: ours, the body parser's, the framework's. What is unknown becomes
 * `internal_error`, the original its cause, and nothing of it reaches the caller.
 */
export function ocrErrorOf(error: unknown): OcrError {
  if (error instanceof OcrError) return error;
  const bodyError = bodyErrorType(error);
  if (bodyError !== undefined) {
    return new OcrError(BODY_ERRORS[bodyError] ?? 'malformed_request', { detail: (error as Error).message, cause: error });
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    const code = HTTP_ERRORS[status] ?? (status < 500 ? 'malformed_request' : 'internal_error');
    return new OcrError(code, { detail: code === 'malformed_request' ? error.message : undefined, cause: error });
  }
  // What TypeORM meets comes as it is.
  return OcrError.from(mapDatabaseError(error), 'internal_error');
}

/** The body parser marks its errors with a `type` like `entity.too.large` and says whether their message may be shown. */
function bodyErrorType(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('type' in error) || !('expose' in error)) return undefined;
  return error.expose === true && typeof error.type === 'string' ? error.type : undefined;
}
