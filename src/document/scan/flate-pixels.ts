import { inflateSync } from 'node:zlib';
import { PDFNumber, PDFName, type PDFDict } from 'pdf-lib';
import { freeMemory } from '../../threads/free-memory.js';
import { unfilter } from '../images/png-rows.js';
import type { ScanImage } from './scan-image.js';

/** Samples a pixel of the colour spaces whose samples are tones as they stand. */
const COMPONENTS: Readonly<Record<string, 1 | 3>> = { DeviceGray: 1, DeviceRGB: 3 };
const WHITE = 255;
const SLACK = 16;
/** Bytes zlib unpacks at a time at least. All at once where it can be: pieces would have to be put together. */
const SMALLEST_PIECE = 64;

/** Whether {@link flatePixels} can unpack such an image. */
export function isPlainFlate({ width, filters, colourSpace, bitsPerComponent, parms }: ScanImage): boolean {
  const components = COMPONENTS[colourSpace ?? ''];
  const predictor = numberIn(parms, 'Predictor', 1);
  const depths = components === 1 ? [1, 8] : [8];
  // What the predictor is told must be what the image is: by default, one column of one component of eight bits.
  const fits =
    numberIn(parms, 'Colors', 1) === components &&
    numberIn(parms, 'Columns', 1) === width &&
    numberIn(parms, 'BitsPerComponent', 8) === bitsPerComponent;
  return (
    filters.length === 1 &&
    filters[0] === 'FlateDecode' &&
    components !== undefined &&
    depths.includes(bitsPerComponent) &&
    (predictor === 1 || (predictor >= 10 && fits))
  );
}

/**
 * The pixels of an image that is packed with Flate, in 8-bit gray: native code unpacks it in a third of the time PDFium takes. Null when
 * there are fewer of them than the image says.
 */
export function flatePixels(image: ScanImage, packed: Uint8Array): Uint8Array | null {
  const { width, height, bitsPerComponent, parms, inverted } = image;
  const components = COMPONENTS[image.colourSpace ?? ''] ?? 1;
  const bits = components * bitsPerComponent;
  const rowBytes = Math.ceil((width * bits) / 8);
  const filtered = numberIn(parms, 'Predictor', 1) >= 10;
  const expected = height * (rowBytes + (filtered ? 1 : 0));
  let data: Uint8Array;
  try {
    // A byte or two more is what some writers leave at the end; much more is an image of another shape.
    const room = Math.max(SMALLEST_PIECE, expected + SLACK);
    const unpacked = inflateSync(packed, { maxOutputLength: expected + SLACK, chunkSize: room });
    if (unpacked.length < expected) return null;
    data = new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.length);
    if (filtered) data = freed(data, rowsOf(data, width, height, bits, rowBytes));
  } catch {
    return null;
  }
  const pixels =
    bits === 1
      ? freed(data, spread(data, width, height, rowBytes))
      : bits === 24
        ? freed(data, grayOf(data.subarray(0, rowBytes * height), 3, 'rgb'))
        : data.subarray(0, rowBytes * height);
  if (inverted) for (let i = 0; i < pixels.length; i++) pixels[i] = WHITE - pixels[i];
  return pixels;
}

/** What was made of `used`, which is not needed any more. */
function freed<T>(used: Uint8Array, made: T): T {
  freeMemory(used);
  return made;
}

function rowsOf(data: Uint8Array, width: number, height: number, bits: number, rowBytes: number): Uint8Array {
  const rows = new Uint8Array(rowBytes * height);
  let at = 0;
  for (const row of unfilter(data, width, height, bits, { offset: 0 })) {
    rows.set(row, at);
    at += rowBytes;
  }
  return rows;
}

function spread(data: Uint8Array, width: number, height: number, rowBytes: number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * rowBytes;
    for (let x = 0; x < width; x++) pixels[to++] = (data[row + (x >> 3)] >> (7 - (x & 7))) & 1 ? WHITE : 0;
  }
  return pixels;
}

/**
 * Gray of colours, with the weights PDFium draws gray with.
 * @param step bytes a pixel; those after the third are left out
 */
export function grayOf(data: Uint8Array, step: number, order: 'rgb' | 'bgr'): Uint8Array {
  const pixels = new Uint8Array(Math.floor(data.length / step));
  const [red, blue] = order === 'rgb' ? [0, 2] : [2, 0];
  for (let i = 0, from = 0; i < pixels.length; i++, from += step) {
    pixels[i] = (data[from + red] * 30 + data[from + 1] * 59 + data[from + blue] * 11) / 100;
  }
  return pixels;
}

function numberIn(dict: PDFDict | null, key: string, fallback: number): number {
  const value = dict?.get(PDFName.of(key));
  return value instanceof PDFNumber ? value.asNumber() : fallback;
}
