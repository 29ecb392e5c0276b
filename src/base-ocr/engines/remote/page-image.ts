import { crc32, deflate } from 'node:zlib';
import { promisify } from 'node:util';
import type { GrayImage } from '../../../document/document.types.js';
import { OcrError } from '../../../errors/ocr-error.js';

/** What a service takes at most. */
export interface ImageLimits {
  /** Pixels of a side. */
  readonly maxSide: number;
  readonly maxBytes: number;
}

/** A page as it is sent, with its size in pixels, which may be a fraction of the page image's. */
export interface EncodedPage {
  /** The rows of a PNG, deflated: what PDF takes as well (its predictor 15). */
  readonly rows: Buffer;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** PNG's filter "up": each pixel as the difference from the one above. */
const FILTER_UP = 2;

/** Bytes of a PNG beside its rows. */
const PNG_FRAME = 100;

/**
 * Encodes a page for a service as {@link pngOf}, which loses nothing, halved in size until the service takes it.
 * @throws OcrError `engine_failed`, not retryable, when even a tiny one is too much
 */
export async function encodePage(image: GrayImage, { maxSide, maxBytes }: ImageLimits): Promise<EncodedPage> {
  let page = image;
  while (page.width > maxSide || page.height > maxSide) page = halved(page);
  for (;;) {
    const rows = await encodeRows(page);
    if (rows.length + PNG_FRAME <= maxBytes) return { rows, width: page.width, height: page.height, dpi: page.dpi };
    if (page.width * page.height < 10_000) {
      throw new OcrError('engine_failed', { detail: 'The page image is too large for the provider.', retryable: false });
    }
    page = halved(page);
  }
}

/**
 * An 8-bit gray PNG (https://www.w3.org/TR/png-3/). Compressed in Node's thread pool: a page's image takes a third of a
 * second, in which the process has other things to do.
 */
export async function encodePng(image: GrayImage): Promise<Buffer> {
  return pngOf({ ...image, rows: await encodeRows(image) });
}

function encodeRows({ data, width, height }: GrayImage): Promise<Buffer> {
  return promisify(deflate)(filtered(data, width, height), { level: 4 });
}

/** The page as a PNG. */
export function pngOf({ rows, width, height, dpi }: EncodedPage): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8); // 8 bits, gray, deflate, adaptive filters, not interlaced
  const resolution = Number.isFinite(dpi) && dpi > 0 ? [chunk('pHYs', physicalSize(dpi))] : [];
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...resolution, chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function filtered(data: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const to = y * (width + 1) + 1;
    const from = y * width;
    rows[to - 1] = FILTER_UP;
    for (let x = 0; x < width; x++) rows[to + x] = (data[from + x] ?? 0) - (y === 0 ? 0 : (data[from - width + x] ?? 0));
  }
  return rows;
}

/** Pixels per metre in both directions. */
function physicalSize(dpi: number): Buffer {
  const body = Buffer.alloc(9);
  const perMetre = Math.round(dpi / 0.0254);
  body.writeUInt32BE(perMetre, 0);
  body.writeUInt32BE(perMetre, 4);
  body.writeUInt8(1, 8);
  return body;
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** Half the size: each pixel the mean of four. A side of one pixel stays. */
function halved({ width, height, data, dpi }: GrayImage): GrayImage {
  const half = { width: Math.max(1, width >> 1), height: Math.max(1, height >> 1) };
  const result = new Uint8Array(half.width * half.height);
  for (let y = 0; y < half.height; y++) {
    const above = 2 * y * width;
    const below = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < half.width; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      const sum = (data[above + left] ?? 0) + (data[above + right] ?? 0) + (data[below + left] ?? 0) + (data[below + right] ?? 0);
      result[y * half.width + x] = (sum + 2) >> 2;
    }
  }
  return { ...half, data: result, dpi: dpi / 2 };
}
