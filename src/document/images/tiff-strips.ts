import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import { decodeCcitt } from './ccitt.js';
import { readJpegHeader, type JpegHeader } from './jpeg.js';
import { damaged, MemorySource, unsupported } from './source.js';

/** TIFF compression schemes (TIFF 6.0, and Adobe's technical notes for 7, 8 and 32946). */
export const COMPRESSION = {
  none: 1,
  huffman: 2,
  g3: 3,
  g4: 4,
  lzw: 5,
  oldJpeg: 6,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  oldDeflate: 32946,
} as const;

/** The shape of one strip or tile. */
export interface StripShape {
  readonly width: number;
  readonly rows: number;
  /** Rows of the other strips or tiles: the last strip's JPEG may have as many. */
  readonly tileHeight: number;
  readonly rowBytes: number;
  readonly compression: number;
  readonly photometric: number;
  readonly t4Options: number;
  readonly jpegTables: Buffer | undefined;
}

/**
 * Decodes a strip or tile to packed rows; exactly `rows * rowBytes` bytes, zeros where data are missing at its end.
 * @throws OcrError unsupported_document, damaged_document
 */
export function decodeStrip(data: Uint8Array, shape: StripShape): Uint8Array {
  const size = shape.rows * shape.rowBytes;
  switch (shape.compression) {
    case COMPRESSION.none:
      return fit(data, size);
    case COMPRESSION.huffman:
      return decodeCcitt(data, { ...shape, coding: 'huffman', twoDimensional: false });
    case COMPRESSION.g3:
      return decodeCcitt(data, { ...shape, coding: 'g3', twoDimensional: (shape.t4Options & 1) === 1 });
    case COMPRESSION.g4:
      return decodeCcitt(data, { ...shape, coding: 'g4', twoDimensional: true });
    case COMPRESSION.lzw:
      return decodeLzw(data, size);
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate:
      return inflate(data, size);
    case COMPRESSION.packBits:
      return decodePackBits(data, size);
    case COMPRESSION.jpeg:
      return fit(decodeJpeg(withTables(data, shape.jpegTables), shape), size);
    default:
      throw unsupported(`TIFF compression ${shape.compression} is not supported`);
  }
}

/** An abbreviated JPEG stream with the tables it refers to put into it, so that it stands for itself. */
export function withTables(data: Uint8Array, tables: Buffer | undefined): Buffer {
  if (tables === undefined || tables.length <= 4) return Buffer.from(data);
  // Both begin with SOI; the tables end with EOI.
  return Buffer.concat([tables.subarray(0, -2), data.subarray(2)]);
}

/** RGB stored without the usual transform is marked by neither JFIF nor Adobe; only the TIFF knows. */
export function isPlainRgb(header: JpegHeader, photometric: number): boolean {
  return header.components === 3 && photometric === 2 && !header.isAdobe;
}

function fit(data: Uint8Array, size: number): Uint8Array {
  if (data.length >= size) return data.subarray(0, size);
  const whole = new Uint8Array(size);
  whole.set(data);
  return whole;
}

function inflate(data: Uint8Array, size: number): Uint8Array {
  try {
    return fit(inflateSync(data, { maxOutputLength: size + 65_536 }), size);
  } catch (error) {
    throw damaged(`A strip of the TIFF is damaged: ${(error as Error).message}`);
  }
}

function decodePackBits(data: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let to = 0;
  for (let from = 0; from < data.length && to < size;) {
    const control = data[from++];
    if (control < 128) {
      const piece = data.subarray(from, from + Math.min(control + 1, size - to));
      output.set(piece, to);
      from += control + 1;
      to += control + 1;
    } else if (control > 128) {
      output.fill(data[from++] ?? 0, to, to + 257 - control);
      to += 257 - control;
    }
  }
  return output;
}

const LZW_CLEAR = 256;
const LZW_END = 257;

/** TIFF's LZW: codes most significant bit first, one bit longer one code early (TIFF 6.0, section 13). */
function decodeLzw(data: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  // Every code stands for bytes already written: where they begin, and how many.
  const starts = new Uint32Array(4096);
  const lengths = new Uint32Array(4096);
  let next = 258;
  let bits = 9;
  let window = 0;
  let held = 0;
  let from = 0;
  let to = 0;
  let previous: { start: number; length: number } | undefined;
  while (to < size) {
    while (held < bits && from < data.length) {
      window = ((window << 8) | data[from++]) & 0xffffff;
      held += 8;
    }
    if (held < bits) break;
    held -= bits;
    const code = (window >> held) & ((1 << bits) - 1);
    if (code === LZW_END) break;
    if (code === LZW_CLEAR) {
      next = 258;
      bits = 9;
      previous = undefined;
      continue;
    }
    const start = to;
    if (code < 256) {
      output[to++] = code;
    } else if (code < next && previous !== undefined) {
      // The newest code repeats its own first byte, so byte by byte, as it is being written.
      for (let i = 0; i < lengths[code] && to < size; i++) output[to++] = output[starts[code] + i];
    } else if (code === next && previous !== undefined) {
      for (let i = 0; i <= previous.length && to < size; i++) output[to++] = output[previous.start + i];
    } else {
      throw damaged('A strip of the TIFF is damaged');
    }
    if (previous !== undefined && next < 4096) {
      starts[next] = previous.start;
      lengths[next] = previous.length + 1;
      next++;
    }
    previous = { start, length: to - start };
    if (next + 1 >= 1 << bits && bits < 12) bits++;
  }
  return output;
}

interface JpegDecoder {
  width: number;
  height: number;
  parse(data: Uint8Array): void;
  getData(options: { width: number; height: number; forceRGB: boolean; isSourcePDF: boolean }): Uint8ClampedArray;
}

/** Adobe's marker that says that the components are as they are (Adobe technical note 5116). */
const UNTRANSFORMED = Buffer.from('ffee000e41646f626500640000000000', 'hex');

/** Interleaved samples: gray, RGB or CMYK. Only for JPEG data in several strips or tiles; a single one is kept as it is. */
function decodeJpeg(data: Buffer, shape: StripShape): Uint8Array {
  const header = readJpegHeader(new MemorySource(data), 0, data.length);
  if (header.width > shape.width || header.height > Math.max(shape.rows, shape.tileHeight)) {
    throw damaged('A JPEG strip of the TIFF is larger than it should be');
  }
  const { JpegDecoder: Decoder } = createRequire(import.meta.url)('utif2') as { JpegDecoder: new () => JpegDecoder };
  try {
    const decoder = new Decoder();
    decoder.parse(
      isPlainRgb(header, shape.photometric) ? Buffer.concat([data.subarray(0, 2), UNTRANSFORMED, data.subarray(2)]) : data,
    );
    const { width, height } = decoder;
    const samples = decoder.getData({ width, height, forceRGB: false, isSourcePDF: true });
    return new Uint8Array(samples.buffer, samples.byteOffset, samples.length);
  } catch (error) {
    throw damaged(`A JPEG strip of the TIFF is damaged: ${(error as Error).message}`);
  }
}
