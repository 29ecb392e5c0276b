import type { GrayImage } from '../../document/document.types.js';
import { OcrError } from '../../errors/ocr-error.js';

/** Most pixels a side may have: tesseract keeps coordinates in 16 bits. */
const MAX_SIDE = 32_767;

/** Checks an image before an engine sees it. @throws OcrError `engine_failed`, not retryable: the image stays as it is. */
export function assertReadable(image: GrayImage): void {
  const refuse = (detail: string) => new OcrError('engine_failed', { detail, retryable: false });
  const { width, height, data } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw refuse(`The page image has no usable size (${width} x ${height} pixels).`);
  }
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw refuse(`The page image is ${width} x ${height} pixels; the engine takes at most ${MAX_SIDE} a side.`);
  }
  if (data.length !== width * height) {
    throw refuse(`The page image has ${data.length} bytes where ${width} x ${height} pixels need ${width * height}.`);
  }
}

/** The head of a raw PGM file (netpbm P5, 8 bits a pixel); the pixels follow it as they are. */
export function pgmHeader(image: GrayImage): Buffer {
  return Buffer.from(`P5\n${image.width} ${image.height}\n255\n`, 'latin1');
}

/** The image as a raw PGM file: the cheapest form tesseract reads. */
export function toPgm(image: GrayImage): Uint8Array {
  const header = pgmHeader(image);
  // A buffer of its own (never a piece of Node's shared pool), so that it can be given away to a thread.
  const file = new Uint8Array(header.length + image.data.length);
  file.set(header);
  file.set(image.data, header.length);
  return file;
}

/** The resolution as tesseract takes it: whole, and within the range it believes (70 to 2400). */
export function tesseractDpi(dpi: number): string {
  return String(Math.round(Math.min(2400, Math.max(70, Number.isFinite(dpi) ? dpi : 70))));
}
