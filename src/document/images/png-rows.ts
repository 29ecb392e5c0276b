import { inflateSync } from 'node:zlib';
import { damaged } from './source.js';

/** The shape of a PNG's samples. */
export interface PngShape {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly interlaced: boolean;
}

/** The seven passes of Adam7: first column and row, steps between them (PNG specification, section 8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Inflates, unfilters and, if need be, de-interlaces a PNG's data: packed rows, top to bottom.
 * @throws OcrError damaged_document
 */
export function* pngRows(compressed: Uint8Array, shape: PngShape): Generator<Uint8Array> {
  const data = inflate(compressed, shape);
  if (shape.interlaced) yield* deinterlace(data, shape);
  else yield* unfilter(data, shape.width, shape.height, shape.bitsPerPixel, { offset: 0 });
}

function inflate(compressed: Uint8Array, { width, height, bitsPerPixel, interlaced }: PngShape): Uint8Array {
  const sizes = interlaced
    ? PASSES.map(([x, y, stepX, stepY]) => passBytes(count(width, x, stepX), count(height, y, stepY), bitsPerPixel))
    : [passBytes(width, height, bitsPerPixel)];
  const expected = sizes.reduce((sum, size) => sum + size, 0);
  try {
    const data = inflateSync(compressed, { maxOutputLength: expected + 1024 });
    if (data.length >= expected) return data;
  } catch (error) {
    throw damaged(`The PNG’s data are damaged: ${(error as Error).message}`);
  }
  throw damaged('The PNG is cut off');
}

/**
 * Undoes PNG's filters (PNG specification, section 9), row by row; each row is a copy.
 * @param at where the first row begins; moved on
 * @throws OcrError damaged_document for a filter there is not
 */
export function* unfilter(
  data: Uint8Array,
  width: number,
  height: number,
  bits: number,
  at: { offset: number },
): Generator<Uint8Array> {
  const rowBytes = Math.ceil((width * bits) / 8);
  const back = Math.max(1, bits >> 3);
  let above = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const row = data.slice(at.offset + 1, at.offset + 1 + rowBytes);
    undo(data[at.offset], row, above, back);
    at.offset += 1 + rowBytes;
    yield row;
    above = row;
  }
}

/** One loop a filter: images have millions of bytes. */
function undo(filter: number, row: Uint8Array, above: Uint8Array, back: number): void {
  const { length } = row;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let x = back; x < length; x++) row[x] += row[x - back];
      return;
    case 2:
      for (let x = 0; x < length; x++) row[x] += above[x];
      return;
    case 3:
      for (let x = 0; x < Math.min(back, length); x++) row[x] += above[x] >> 1;
      for (let x = back; x < length; x++) row[x] += (row[x - back] + above[x]) >> 1;
      return;
    case 4:
      for (let x = 0; x < Math.min(back, length); x++) row[x] += above[x];
      for (let x = back; x < length; x++) row[x] += nearest(row[x - back], above[x], above[x - back]);
      return;
    default:
      throw damaged('The PNG’s data are damaged');
  }
}

/** Of left, above and the corner between them the one nearest to `left + above - corner`. */
function nearest(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
}

function* deinterlace(data: Uint8Array, { width, height, bitsPerPixel }: PngShape): Generator<Uint8Array> {
  const rowBytes = Math.ceil((width * bitsPerPixel) / 8);
  const image = new Uint8Array(rowBytes * height);
  const at = { offset: 0 };
  for (const [startX, startY, stepX, stepY] of PASSES) {
    const columns = count(width, startX, stepX);
    if (columns === 0) continue;
    let y = startY;
    for (const row of unfilter(data, columns, count(height, startY, stepY), bitsPerPixel, at)) {
      for (let i = 0; i < columns; i++) copyPixel(row, i, image, y * rowBytes, startX + i * stepX, bitsPerPixel);
      y += stepY;
    }
  }
  for (let y = 0; y < height; y++) yield image.subarray(y * rowBytes, (y + 1) * rowBytes);
}

function copyPixel(from: Uint8Array, x: number, to: Uint8Array, row: number, column: number, bits: number): void {
  if (bits >= 8) {
    const bytes = bits >> 3;
    for (let i = 0; i < bytes; i++) to[row + column * bytes + i] = from[x * bytes + i];
    return;
  }
  const bit = x * bits;
  const value = (from[bit >> 3] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
  const target = column * bits;
  to[row + (target >> 3)] |= value << (8 - bits - (target & 7));
}

/** Pixels of a pass along one side. */
function count(size: number, start: number, step: number): number {
  return Math.max(0, Math.ceil((size - start) / step));
}

/** A pass without columns has no rows either. */
function passBytes(columns: number, rows: number, bits: number): number {
  return columns === 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8));
}
