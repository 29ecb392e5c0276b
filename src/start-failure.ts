import { SettingsError } from './config/load-settings.js';
import { OcrError } from './errors/ocr-error.js';
import { EXIT } from './exit-codes.js';

/** The address to listen on cannot be had. The message says which, why, and what to set. */
export class CannotListenError extends Error {}

/** True for errors of a start whose message says all that is to be known. */
export function isForeseen(error: unknown): error is Error {
  return error instanceof SettingsError || error instanceof CannotListenError || error instanceof OcrError;
}

/** The exit code for a node that could not be started. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return EXIT.config;
  if (error instanceof CannotListenError) return EXIT.cannotListen;
  return error instanceof OcrError ? EXIT.unavailable : EXIT.failed;
}
