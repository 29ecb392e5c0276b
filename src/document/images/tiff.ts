import { endOfJpeg, jpegColours, readJpegHeader } from './jpeg.js';
import { pointsOf, resolutionOf } from './page-size.js';
import type { ImagePage } from './pdf-writer.js';
import { checkPixels, damaged, MemorySource, piecesOf, unsupported, type Source } from './source.js';
import { reverseBits } from './reverse-bits.js';
import { readDirectories, TAG, type TiffDirectory } from './tiff-directory.js';
import { checkBands, readLayout, samplePage } from './tiff-samples.js';
import { COMPRESSION, isPlainRgb, withTables } from './tiff-strips.js';

/** Bits of NewSubfileType: a thumbnail, a transparency mask. */
const NOT_A_PAGE = 0b101;

/**
 * The pages of a TIFF, one after the other; thumbnails and masks are left out. JPEG and fax data in one piece are kept as
 * they are, everything else keeps its samples. Of pages that share an image only the first brings its data, so that thousands of directories
 * over one strip are the work of one.
 * @throws OcrError damaged_document, unsupported_document, page_too_large
 */
export function* tiffPages(source: Source, maxPixels: number): Generator<ImagePage> {
  let page = 0;
  const images = new Map<string, Kept>();
  for (const directory of readDirectories(source)) {
    if ((directory.value(TAG.subfileType, 0) & NOT_A_PAGE) !== 0 || !directory.has(TAG.width)) continue;
    page++;
    const width = directory.value(TAG.width, 0);
    const height = directory.value(TAG.height, 0);
    checkPixels(width, height, maxPixels, page);
    const frame = {
      width,
      height,
      orientation: directory.orientation,
      points: pointsOf(width, height, resolutionOf(width, height, directory.resolution)),
    };
    const imageKey = directory.imageKey();
    const known = images.get(imageKey);
    const kept =
      known ?? keepJpeg(source, directory) ?? keepFax(source, directory) ?? decodedPage(source, directory, maxPixels, page);
    yield { ...frame, ...kept, imageKey };
    if (known === undefined) images.set(imageKey, { ...kept, data: [] });
  }
  if (page === 0) throw damaged('The TIFF has no pages');
}

type Kept = Pick<ImagePage, 'bitsPerComponent' | 'colourSpace' | 'extra' | 'filter' | 'data'>;

function decodedPage(source: Source, directory: TiffDirectory, maxPixels: number, page: number): Kept {
  const layout = readLayout(directory);
  checkBands(layout, maxPixels, page);
  return samplePage(source, layout);
}

/** A JPEG in one strip, or an old-style one written as a whole file. */
function keepJpeg(source: Source, directory: TiffDirectory): Kept | undefined {
  const jpeg = wholeJpeg(source, directory);
  if (jpeg === undefined) return undefined;
  const header = readJpegHeader(new MemorySource(jpeg), 0, jpeg.length);
  const sameSize = header.width === directory.value(TAG.width, 0) && header.height === directory.value(TAG.height, 0);
  const plainRgb = isPlainRgb(header, directory.value(TAG.photometric, 6));
  if (!sameSize) return undefined;
  return {
    ...jpegColours(header),
    bitsPerComponent: 8,
    filter: plainRgb ? '/Filter /DCTDecode /DecodeParms << /ColorTransform 0 >>' : '/Filter /DCTDecode',
    data: [jpeg],
  };
}

function wholeJpeg(source: Source, directory: TiffDirectory): Buffer | undefined {
  const compression = directory.value(TAG.compression, 1);
  const offsets = directory.values(TAG.stripOffsets);
  const counts = directory.values(TAG.stripByteCounts);
  if (compression === COMPRESSION.jpeg && offsets.length === 1 && counts.length === 1) {
    return withTables(source.read(offsets[0], counts[0]), directory.bytes(TAG.jpegTables));
  }
  if (compression !== COMPRESSION.oldJpeg) return undefined;
  const offset = directory.value(TAG.jpegOffset, 0);
  if (offset === 0) throw unsupported('This old form of JPEG in TIFF is not supported');
  return source.read(offset, endOfOldJpeg(source, directory, offset) - offset);
}

/** Writers disagree whether the length covers the picture; its own end marker tells, and where that is left out, the strips do. */
function endOfOldJpeg(source: Source, directory: TiffDirectory, offset: number): number {
  const header = readJpegHeader(source, offset, source.size - offset);
  const own = endOfJpeg(source, header);
  if (own !== undefined) return own;
  const counts = directory.values(TAG.stripByteCounts);
  const told = directory
    .values(TAG.stripOffsets)
    .reduce((end, strip, i) => Math.max(end, strip + (counts[i] ?? 0)), offset + directory.value(TAG.jpegLength, 0));
  return told > (header.scan ?? offset) ? Math.min(told, source.size) : source.size;
}

/** Fax data in one strip. */
function keepFax(source: Source, directory: TiffDirectory): Kept | undefined {
  const compression = directory.value(TAG.compression, 1);
  const offsets = directory.values(TAG.stripOffsets);
  const counts = directory.values(TAG.stripByteCounts);
  const isFax = compression === COMPRESSION.g3 || compression === COMPRESSION.g4;
  if (!isFax || offsets.length !== 1 || counts.length !== 1 || directory.value(TAG.bitsPerSample, 1) !== 1) return undefined;
  const twoDimensional = (directory.value(TAG.t4Options, 0) & 1) === 1;
  const k = compression === COMPRESSION.g4 ? -1 : twoDimensional ? 1 : 0;
  const blackIs1 = directory.value(TAG.photometric, 0) === 1;
  const reversed = directory.value(TAG.fillOrder, 1) === 2;
  return {
    bitsPerComponent: 1,
    colourSpace: '/DeviceGray',
    filter:
      `/Filter /CCITTFaxDecode /DecodeParms << /K ${k} /Columns ${directory.value(TAG.width, 0)} ` +
      `/Rows ${directory.value(TAG.height, 0)} /BlackIs1 ${blackIs1} >>`,
    data: reversed ? reversedPieces(source, offsets[0], counts[0]) : piecesOf(source, offsets[0], counts[0]),
  };
}

function* reversedPieces(source: Source, offset: number, length: number): Generator<Uint8Array> {
  for (const piece of piecesOf(source, offset, length)) yield reverseBits(piece);
}
