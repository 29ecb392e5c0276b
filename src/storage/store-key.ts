import { OcrError } from '../errors/ocr-error.js';

/** Longest key, in characters (all are ASCII). S3 allows 1,024 bytes, prefix of the bucket included. */
const MAX_KEY_LENGTH = 800;

/** Longest part of a key between two slashes: what common file systems allow for a name, with room for a suffix. */
const MAX_SEGMENT_LENGTH = 200;

/** No part begins with a dot: that rules out `.`, `..` and the store's own hidden folders in one go. */
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Checks a key of the document store: relative, parts of letters, digits, `_`, `-` and `.` between single slashes, none beginning
 * with a dot. A key that fails is a defect of the calling code or an attack, so the operation is refused whole.
 * @throws OcrError `storage_failed`, not retryable.
 */
export function assertKey(key: string): void {
  const segments = key.split('/');
  if (key.length > MAX_KEY_LENGTH || !segments.every(isSegment)) throw invalid(key);
}

/** Checks the beginning of a key; its last part may be cut short or empty. @throws OcrError `storage_failed`, not retryable. */
export function assertPrefix(prefix: string): void {
  const segments = prefix.split('/');
  const last = segments.pop() ?? '';
  if (prefix.length > MAX_KEY_LENGTH || !segments.every(isSegment) || (last !== '' && !isSegment(last))) throw invalid(prefix);
}

function isSegment(segment: string): boolean {
  return segment.length <= MAX_SEGMENT_LENGTH && SEGMENT.test(segment);
}

function invalid(key: string): OcrError {
  return new OcrError('storage_failed', {
    retryable: false,
    cause: new Error(`not a key of the document store: ${JSON.stringify(key.slice(0, 200))}`),
  });
}
