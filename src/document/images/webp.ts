import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import decodeWebp, { init } from '@jsquash/webp/decode.js';
import { readExif, type ExifFacts } from './exif.js';
import { onWhite } from './on-white.js';
import { pointsOf, resolutionOf } from './page-size.js';
import type { ImagePage } from './pdf-writer.js';
import { checkPixels, damaged, unsupported, type Source } from './source.js';

interface WebpHeader {
  readonly width: number;
  readonly height: number;
  readonly exif: ExifFacts;
}

/**
 * The page of a WebP. PDF has no filter for WebP, so it is decoded; what is transparent shows white paper.
 * @throws OcrError damaged_document, unsupported_document (animated: there is no plain picture in it), page_too_large
 */
export async function webpPage(source: Source, maxPixels: number): Promise<ImagePage> {
  const { width, height, exif } = readWebpHeader(source);
  checkPixels(width, height, maxPixels);
  const image = await decodePixels(source);
  if (image.width !== width || image.height !== height) throw damaged('The WebP’s header is damaged');
  return {
    width,
    height,
    orientation: exif.orientation,
    points: pointsOf(width, height, resolutionOf(width, height, exif.resolution)),
    bitsPerComponent: 8,
    colourSpace: '/DeviceRGB',
    data: onWhite(rowsOf(image), 3),
  };
}

interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** What the decoder wants to give its result in; browsers have it, Node does not. */
class PlainImageData implements Pixels {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

/** Bit of a WebP's features that tells of an animation. */
const ANIMATION = 0x02;

let decoder: Promise<void> | undefined;

async function decodePixels(source: Source): Promise<Pixels> {
  decoder ??= loadDecoder();
  await decoder;
  const file = source.read(0, source.size);
  try {
    return await decodeWebp(new Uint8Array(file).buffer);
  } catch (error) {
    throw damaged(`The WebP is damaged: ${(error as Error).message}`);
  }
}

async function loadDecoder(): Promise<void> {
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData ??= PlainImageData;
  const path = createRequire(import.meta.url).resolve('@jsquash/webp/codec/dec/webp_dec.wasm');
  await init(await WebAssembly.compile(await readFile(path)));
}

/** Reads the RIFF chunks (https://developers.google.com/speed/webp/docs/riff_container). */
function readWebpHeader(source: Source): WebpHeader {
  let size: { width: number; height: number } | undefined;
  let exif: ExifFacts = { orientation: 1 };
  for (let at = 12; at + 8 <= source.size;) {
    const chunk = source.read(at, 8);
    const length = chunk.readUInt32LE(4);
    const body = at + 8;
    switch (chunk.toString('latin1', 0, 4)) {
      case 'VP8X': {
        const head = source.read(body, 10);
        if ((head.readUInt8(0) & ANIMATION) !== 0) throw unsupported('An animated WebP is not supported');
        size = { width: head.readUIntLE(4, 3) + 1, height: head.readUIntLE(7, 3) + 1 };
        break;
      }
      case 'VP8 ': {
        const head = source.read(body, 10);
        size ??= { width: head.readUInt16LE(6) & 0x3fff, height: head.readUInt16LE(8) & 0x3fff };
        break;
      }
      case 'VP8L': {
        const bits = source.read(body, 5).readUInt32LE(1);
        size ??= { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
        break;
      }
      case 'EXIF':
        exif = readExif(source.read(body, length));
    }
    at = body + length + (length & 1);
  }
  if (size === undefined) throw damaged('The WebP has no picture');
  return { ...size, exif };
}

function* rowsOf({ data, width, height }: Pixels): Generator<Uint8Array> {
  for (let y = 0; y < height; y++) yield new Uint8Array(data.buffer, data.byteOffset + y * width * 4, width * 4);
}
