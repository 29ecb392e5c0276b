import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_SIDE } from '../../document/choose-dpi.js';
import type { GrayImage } from '../../document/document.types.js';
import { OcrError } from '../../errors/ocr-error.js';

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

/** Types of values in a TIFF directory. */
const [SHORT, LONG, RATIONAL] = [3, 4, 5];
const ENTRY_BYTES = 12;
/** Where the directory of entries begins. */
const DIRECTORY = 8;

/**
 * The head of an uncompressed TIFF file (TIFF 6.0, one gray image, one strip); the pixels follow it as they are: the cheapest form tesseract
 * reads. PGM it takes pixel by pixel, which is fifty milliseconds more a page, and does not tell the resolution.
 */
export function tiffHeader({ width, height, data }: GrayImage, dpi: string): Buffer {
  const entries: [tag: number, type: number, value: number][] = [
    [256, LONG, width],
    [257, LONG, height],
    [258, SHORT, 8], // bits a sample
    [259, SHORT, 1], // not compressed
    [262, SHORT, 1], // 0 is black
    [273, LONG, 0], // where the strip begins: below
    [277, SHORT, 1], // samples a pixel
    [278, LONG, height], // rows of the strip
    [279, LONG, data.length], // its bytes
    [282, RATIONAL, 0], // where the resolution stands, across and down: below
    [283, RATIONAL, 0],
    [296, SHORT, 2], // in dots an inch
  ];
  const resolution = DIRECTORY + 2 + entries.length * ENTRY_BYTES + 4;
  const pixels = resolution + 8;
  const header = Buffer.alloc(pixels);
  header.write('II*\0', 'latin1');
  header.writeUInt32LE(DIRECTORY, 4);
  header.writeUInt16LE(entries.length, DIRECTORY);
  entries.forEach(([tag, type, value], index) => {
    const at = DIRECTORY + 2 + index * ENTRY_BYTES;
    header.writeUInt16LE(tag, at);
    header.writeUInt16LE(type, at + 2);
    header.writeUInt32LE(1, at + 4);
    header.writeUInt32LE(tag === 273 ? pixels : type === RATIONAL ? resolution : value, at + 8);
  });
  header.writeUInt32LE(Number(dpi), resolution);
  header.writeUInt32LE(1, resolution + 4);
  return header;
}

/** The image as such a TIFF file, in a buffer of its own (never a piece of Node's shared pool), so that it can be given away to a thread. */
export function toTiff(image: GrayImage, dpi: string): Uint8Array {
  const header = tiffHeader(image, dpi);
  const file = new Uint8Array(header.length + image.data.length);
  file.set(header);
  file.set(image.data, header.length);
  return file;
}

/** Reads such files, one after the other: the memory is that of the one before, so an image is good until the next is read. */
export class TiffReader {
  private memory = Buffer.alloc(0);

  /** @throws Error when there is none, or it is none that {@link tiffHeader} begins */
  read(path: string): GrayImage {
    const file = this.bytesOf(path);
    const [width, height, bytes] = [valueIn(file, 0), valueIn(file, 1), valueIn(file, 8)];
    const pixels = valueIn(file, 5);
    if (bytes !== width * height || pixels + bytes !== file.length) throw new Error('The file of the page is not whole.');
    return { width, height, data: file.subarray(pixels), dpi: file.readUInt32LE(valueIn(file, 9)) };
  }

  private bytesOf(path: string): Buffer {
    const descriptor = openSync(path, 'r');
    try {
      const { size } = fstatSync(descriptor);
      if (this.memory.length < size) this.memory = Buffer.allocUnsafeSlow(size);
      for (let done = 0; done < size;) {
        const read = readSync(descriptor, this.memory, done, size - done, done);
        if (read === 0) throw new Error('The file of the page has become shorter.');
        done += read;
      }
      return this.memory.subarray(0, size);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The value, or its place, of an entry in the directory {@link tiffHeader} writes. */
function valueIn(file: Buffer, entry: number): number {
  return file.readUInt32LE(DIRECTORY + 2 + entry * ENTRY_BYTES + 8);
}

/** The resolution as tesseract takes it: whole, and within the range it believes (70 to 2400). */
export function tesseractDpi(dpi: number): string {
  return String(Math.round(Math.min(2400, Math.max(70, Number.isFinite(dpi) ? dpi : 70))));
}
