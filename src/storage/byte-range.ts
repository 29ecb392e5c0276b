import { OcrError } from '../errors/ocr-error.js';
import type { ByteRange } from './document-store.js';

/**
 * Checks a range against an artifact of `size` bytes. An end behind the last byte means the last byte, as in HTTP.
 * @throws OcrError `range_not_satisfiable`.
 */
export function assertRange(range: ByteRange | undefined, size: number): void {
  if (range !== undefined && !(range.start >= 0 && range.start <= range.end && range.start < size)) {
    throw new OcrError('range_not_satisfiable', { detail: `The range lies outside the ${size} bytes` });
  }
}
