import type { ErrorCode } from '../errors/error-codes.js';
import { OcrError } from '../errors/ocr-error.js';

/**
 * Turns an error of the file system into an OcrError: a full disk is `storage_full`, anything else `fallback`. The original, which
 * names paths of this machine, goes into the cause and never to a caller.
 */
export function fileError(error: unknown, fallback: ErrorCode): OcrError {
  return OcrError.from(error, fallback);
}

/** The `code` of an error of the operating system (`ENOENT`, `ECONNRESET`...). */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True when a file or folder, or one on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For `.catch()`: null for what does not exist, every other error again. */
export function nullWhenMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
