import { SettingsError } from './config/load-settings.js';
import type { ErrorCode } from './errors/error-codes.js';
import { OcrError } from './errors/ocr-error.js';
import { EXIT } from './exit-codes.js';

/** The address to listen on cannot be had. The message says which, why, and what to set. */
export class CannotListenError extends Error {}

/** What the check of the default provider, language and stand-ins finds. */
const SETTINGS_AT_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['provider_not_available', 'language_not_available']);

/** True for errors of a start whose message says all that is to be known. */
export function isForeseen(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof CannotListenError || error instanceof OcrError;
}

/** The exit code for a node that could not be started. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return EXIT.config;
  if (error instanceof CannotListenError) return EXIT.cannotListen;
  if (error instanceof OcrError && SETTINGS_AT_FAULT.has(error.code)) return EXIT.config;
  return error instanceof OcrError ? EXIT.unavailable : EXIT.failed;
}
