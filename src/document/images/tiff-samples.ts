import { onWhite } from './on-white.js';
import type { ImagePage } from './pdf-writer.js';
import { OcrError } from '../../errors/ocr-error.js';
import { damaged, unsupported, type Source } from './source.js';
import { reverseBits } from './reverse-bits.js';
import { TAG, type TiffDirectory } from './tiff-directory.js';
import { COMPRESSION, decodeStrip } from './tiff-strips.js';

/** PhotometricInterpretation. */
const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, yCbCr: 6 } as const;

/** Bytes of the largest pixel a whole page of is decoded: four samples of 16 bits. Of larger ones there may be fewer. */
const PIXEL_BYTES = 8;

/** How a TIFF page's samples are stored. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  readonly samples: number;
  readonly photometric: number;
  readonly compression: number;
  readonly predictor: number;
  readonly littleEndian: boolean;
  readonly fillReversed: boolean;
  /** One plane a sample, one after the other. */
  readonly planar: boolean;
  /** Strips are tiles as wide as the image. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly isTiled: boolean;
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  /** ExtraSamples of the first sample beyond the colours: 1 premultiplied alpha, 2 alpha, 0 something else. */
  readonly extra: number;
  readonly t4Options: number;
  readonly jpegTables: Buffer | undefined;
  readonly colourMap: readonly number[];
}

/** @throws OcrError unsupported_document, damaged_document */
export function readLayout(directory: TiffDirectory): Layout {
  const width = directory.value(TAG.width, 0);
  const height = directory.value(TAG.height, 0);
  const isTiled = directory.has(TAG.tileOffsets);
  const bits = directory.values(TAG.bitsPerSample);
  const first = bits[0] ?? 1;
  if (![1, 2, 4, 8, 16].includes(first) || bits.some((other) => other !== first)) {
    throw unsupported(`A TIFF with samples of ${bits.join(', ')} bits is not supported`);
  }
  if (directory.value(TAG.sampleFormat, 1) > 2) throw unsupported('A TIFF with floating-point samples is not supported');
  const offsets = directory.values(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = directory.values(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  const tileWidth = isTiled ? directory.value(TAG.tileWidth, 0) : width;
  const tileHeight = isTiled ? directory.value(TAG.tileHeight, 0) : Math.min(height, directory.value(TAG.rowsPerStrip, height));
  if (tileWidth < 1 || tileHeight < 1 || tileWidth > 65_536 * 2 || tileHeight > Math.max(height, 65_536)) {
    throw damaged('The TIFF’s strips are damaged');
  }
  return {
    width,
    height,
    bits: first as Layout['bits'],
    samples: directory.value(TAG.samplesPerPixel, 1),
    photometric: directory.value(TAG.photometric, PHOTOMETRIC.whiteIsZero),
    compression: directory.value(TAG.compression, COMPRESSION.none),
    predictor: directory.value(TAG.predictor, 1),
    littleEndian: directory.isLittleEndian,
    fillReversed: directory.value(TAG.fillOrder, 1) === 2,
    planar: directory.value(TAG.planar, 1) === 2,
    tileWidth,
    tileHeight,
    isTiled,
    offsets,
    counts,
    extra: directory.value(TAG.extraSamples, 0),
    t4Options: directory.value(TAG.t4Options, 0),
    jpegTables: directory.bytes(TAG.jpegTables),
    colourMap: directory.values(TAG.colourMap),
  };
}

/** A page whose samples are decoded here, a band of rows at a time, and kept as they are. */
export function samplePage(
  source: Source,
  layout: Layout,
): Pick<ImagePage, 'bitsPerComponent' | 'colourSpace' | 'extra' | 'data'> {
  const { bits, samples, photometric } = layout;
  const colours = coloursOf(layout);
  if (samples < colours.components) throw damaged('The TIFF’s samples are damaged');
  if (samples > 1 && bits < 8) throw unsupported(`A TIFF of ${samples} samples of ${bits} bits is not supported`);
  const rows = colourRows(source, layout);
  const { components, ...page } = colours;
  if (samples === components) return { ...page, bitsPerComponent: bits, data: rows };
  const pixelBytes = (samples * bits) / 8;
  const isAlpha = (layout.extra === 1 || layout.extra === 2) && (components === 1 || components === 3);
  if (isAlpha && photometric !== PHOTOMETRIC.whiteIsZero && photometric !== PHOTOMETRIC.palette) {
    const cut = dropSamples(rows, pixelBytes, ((components + 1) * bits) / 8);
    return { ...page, bitsPerComponent: 8, data: onWhite(cut, components, bits === 16 ? 2 : 1, layout.extra === 1) };
  }
  return { ...page, bitsPerComponent: bits, data: dropSamples(rows, pixelBytes, (components * bits) / 8) };
}

function coloursOf(layout: Layout): { components: 1 | 3 | 4; colourSpace: string; extra?: string } {
  switch (layout.photometric) {
    case PHOTOMETRIC.whiteIsZero:
      return { components: 1, colourSpace: '/DeviceGray', extra: '/Decode [1 0]' };
    case PHOTOMETRIC.blackIsZero:
      return { components: 1, colourSpace: '/DeviceGray' };
    case PHOTOMETRIC.palette:
      return { components: 1, colourSpace: paletteOf(layout) };
    case PHOTOMETRIC.rgb:
      return { components: 3, colourSpace: '/DeviceRGB' };
    case PHOTOMETRIC.cmyk:
      return { components: 4, colourSpace: '/DeviceCMYK' };
    case PHOTOMETRIC.yCbCr:
      // The JPEG decoder has made RGB of it; other compressions leave it subsampled.
      if (layout.compression === COMPRESSION.jpeg) return { components: 3, colourSpace: '/DeviceRGB' };
  }
  throw unsupported(`A TIFF of photometric interpretation ${layout.photometric} is not supported`);
}

function paletteOf({ bits, colourMap }: Layout): string {
  const colours = 2 ** bits;
  if (bits > 8 || colourMap.length < colours * 3) throw damaged('The TIFF’s palette is damaged');
  const table = Buffer.alloc(colours * 3);
  // Some writers store 8-bit values where the format wants 16-bit ones.
  const shift = colourMap.some((value) => value > 255) ? 8 : 0;
  for (let i = 0; i < colours; i++) {
    for (let channel = 0; channel < 3; channel++) table[i * 3 + channel] = colourMap[channel * colours + i] >> shift;
  }
  return `[/Indexed /DeviceRGB ${colours - 1} <${table.toString('hex')}>]`;
}

/**
 * Refuses a page by what must be held to decode a band of it, all its tiles and planes. Tiles may stand over the image's edges, by no more than
 * the image is large: else a file of a hundred bytes could ask for tiles of gigabytes.
 * @throws OcrError page_too_large
 */
export function checkBands(layout: Layout, maxPixels: number, page: number): void {
  const { width, height, tileWidth, tileHeight, samples, bits } = layout;
  const bandPixels = Math.ceil(width / tileWidth) * tileWidth * tileHeight;
  const isTooLarge = bandPixels > Math.max(maxPixels, 2 * width * height);
  if (!isTooLarge && (bandPixels * samples * bits) / 8 <= PIXEL_BYTES * maxPixels) return;
  throw new OcrError('page_too_large', {
    page,
    detail: `The image has strips or tiles of ${tileWidth} x ${tileHeight} pixels in ${samples} samples; ${maxPixels} pixels are allowed`,
  });
}

/** The image's rows with interleaved samples, 16-bit ones most significant byte first. */
function* colourRows(source: Source, layout: Layout): Generator<Uint8Array> {
  const { width, height, bits, samples, planar, tileHeight, tileWidth } = layout;
  const perTile = planar ? 1 : samples;
  const tileRowBytes = Math.ceil((tileWidth * perTile * bits) / 8);
  const across = Math.ceil(width / tileWidth);
  const down = Math.ceil(height / tileHeight);
  const rowBytes = Math.ceil((width * samples * bits) / 8);
  for (let band = 0; band < down; band++) {
    const rows = Math.min(tileHeight, height - band * tileHeight);
    const tiles = Array.from({ length: (planar ? samples : 1) * across }, (_, i) => {
      const plane = Math.floor(i / across);
      return readTile(source, layout, (plane * down + band) * across + (i % across), tileRowBytes, perTile, rows);
    });
    for (let y = 0; y < rows; y++) {
      const pieces = tiles.map((tile) => tile.subarray(y * tileRowBytes, (y + 1) * tileRowBytes));
      if (!planar) {
        yield across === 1 ? pieces[0].subarray(0, rowBytes) : Buffer.concat(pieces).subarray(0, rowBytes);
        continue;
      }
      yield interleave(pieces, across, width, bits / 8);
    }
  }
}

function readTile(
  source: Source,
  layout: Layout,
  index: number,
  rowBytes: number,
  samples: number,
  bandRows: number,
): Uint8Array {
  const { offsets, counts, compression, bits, tileWidth, isTiled } = layout;
  const rows = isTiled ? layout.tileHeight : bandRows;
  const offset = offsets[index];
  if (offset === undefined) throw damaged('The TIFF lacks some of its strips');
  // Very old writers leave the counts of uncompressed strips out.
  const count = counts[index] ?? (compression === COMPRESSION.none ? rows * rowBytes : undefined);
  if (count === undefined) throw damaged('The TIFF lacks the sizes of its strips');
  const stored = source.read(offset, Math.min(count, Math.max(0, source.size - offset)));
  const data = layout.fillReversed && bits === 1 ? reverseBits(stored) : stored;
  const tile = decodeStrip(data, { ...layout, width: tileWidth, rows, rowBytes });
  if (bits === 16 && layout.littleEndian) swapBytes(tile);
  if (layout.predictor === 2) undoDifferences(tile, rowBytes, samples, bits);
  else if (layout.predictor > 2) throw unsupported('This predictor of TIFF is not supported');
  return tile;
}

function swapBytes(data: Uint8Array): void {
  for (let i = 0; i + 1 < data.length; i += 2) [data[i], data[i + 1]] = [data[i + 1], data[i]];
}

/** Horizontal differencing (TIFF 6.0, section 14), in place. */
function undoDifferences(data: Uint8Array, rowBytes: number, samples: number, bits: number): void {
  if (bits !== 8 && bits !== 16) throw unsupported(`A predictor for ${bits} bits is not supported`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const step = (samples * bits) / 8;
  for (let row = 0; row < data.length; row += rowBytes) {
    const end = Math.min(row + rowBytes, data.length);
    if (bits === 8) for (let i = row + step; i < end; i++) data[i] += data[i - step];
    else for (let i = row + step; i + 1 < end; i += 2) view.setUint16(i, view.getUint16(i) + view.getUint16(i - step));
  }
}

function interleave(pieces: readonly Uint8Array[], across: number, width: number, bytes: number): Uint8Array {
  if (bytes < 1) throw unsupported('A TIFF with planes of less than 8 bits is not supported');
  const planes = Array.from({ length: pieces.length / across }, (_, i) =>
    Buffer.concat(pieces.slice(i * across, (i + 1) * across)),
  );
  const row = new Uint8Array(width * planes.length * bytes);
  for (let x = 0; x < width; x++) {
    planes.forEach((plane, sample) => {
      for (let i = 0; i < bytes; i++) row[(x * planes.length + sample) * bytes + i] = plane[x * bytes + i];
    });
  }
  return row;
}

/** Keeps the first bytes of every pixel. */
function* dropSamples(rows: Iterable<Uint8Array>, pixelBytes: number, keptBytes: number): Generator<Uint8Array> {
  for (const row of rows) {
    const pixels = Math.floor(row.length / pixelBytes);
    const kept = new Uint8Array(pixels * keptBytes);
    for (let x = 0; x < pixels; x++) kept.set(row.subarray(x * pixelBytes, x * pixelBytes + keptBytes), x * keptBytes);
    yield kept;
  }
}
