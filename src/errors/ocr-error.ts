import { ERROR_CODES, type ErrorCode, type ErrorCodeInfo, type ErrorPhase } from './error-codes.js';

/** Extra facts of an error. `detail` reaches callers: it names no internal path and no secret. */
export interface OcrErrorOptions {
  readonly detail?: string;
  /** 1-based page the error belongs to. */
  readonly page?: number;
  /** Overrides the catalogue's default. */
  readonly retryable?: boolean;
  /** Seconds a remote party asked us to wait before the next try. */
  readonly retryAfter?: number;
  /** For request errors: which fields are wrong, why, and what is allowed. */
  readonly fields?: readonly FieldError[];
  readonly cause?: unknown;
}

/** One wrong field of a request. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly allowed?: readonly (string | number)[];
  /** Where a request is about several things: what it would be for this one alone. */
  readonly code?: ErrorCode;
}

/** How an error is kept in the database and shown to callers. */
export interface StoredError {
  code: ErrorCode;
  phase: ErrorPhase;
  retryable: boolean;
  message: string;
  page?: number;
}

/** The one error class of the product: a stable code, where it arose, and whether another try may help. */
export class OcrError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly page?: number;
  readonly retryAfter?: number;
  readonly fields?: readonly FieldError[];

  constructor(code: ErrorCode, options: OcrErrorOptions = {}) {
    const info: ErrorCodeInfo = ERROR_CODES[code];
    super(options.detail ?? info.title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OcrError';
    this.code = code;
    this.retryable = options.retryable ?? info.retryable;
    this.page = options.page;
    this.retryAfter = options.retryAfter;
    this.fields = options.fields;
  }

  get info(): ErrorCodeInfo {
    return ERROR_CODES[this.code];
  }

  get phase(): ErrorPhase {
    return this.info.phase;
  }

  /** The form kept in `last_error`, `error` and `failed_pages`. */
  toStored(): StoredError {
    return {
      code: this.code,
      phase: this.phase,
      retryable: this.retryable,
      message: this.message,
      ...(this.page === undefined ? {} : { page: this.page }),
    };
  }

  /**
   * Turns anything thrown into an OcrError: a full disk becomes `storage_full`, wherever it is met; what else is not one becomes
   * `fallback`. The original, which may name paths of this machine, is its cause.
   */
  static from(error: unknown, fallback: ErrorCode, options: Omit<OcrErrorOptions, 'cause'> = {}): OcrError {
    if (error instanceof OcrError) return error;
    return isDiskFull(error)
      ? new OcrError('storage_full', { cause: error })
      : new OcrError(fallback, { ...options, cause: error });
  }
}

/** True when the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** True for the error an aborted AbortSignal makes: work stopped on request, not a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
