import { readExif } from './exif.js';
import { pointsOf, resolutionOf, type Resolution } from './page-size.js';
import type { ImagePage, Orientation } from './pdf-writer.js';
import { onWhite } from './on-white.js';
import { pngRows } from './png-rows.js';
import { checkPixels, damaged, piecesOf, type Source } from './source.js';

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 2 | 4 | 8 | 16;
  /** 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGB + alpha. */
  readonly colourType: number;
  readonly interlaced: boolean;
  readonly palette?: Buffer;
  readonly transparency?: Buffer;
  readonly resolution?: Resolution;
  readonly orientation: Orientation;
  /** Places of the compressed data. */
  readonly data: readonly { offset: number; length: number }[];
}

const COMPONENTS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * The page of a PNG. Plain ones keep their compressed data as they are: PNG's filters are what Flate's predictors 10 to 15
 * take. Interlaced ones, and those with an alpha channel, are decoded; transparent pixels show white paper.
 * @throws OcrError damaged_document, page_too_large
 */
export function pngPage(source: Source, maxPixels: number): ImagePage {
  const header = readPngHeader(source);
  const { width, height, bits, colourType, interlaced } = header;
  checkPixels(width, height, maxPixels);
  const page = {
    width,
    height,
    orientation: header.orientation,
    points: pointsOf(width, height, resolutionOf(width, height, header.resolution)),
  };
  const components = COMPONENTS[colourType];
  const hasAlpha = colourType >= 4;
  if (!interlaced && !hasAlpha) {
    return {
      ...page,
      ...coloursOf(header),
      bitsPerComponent: bits,
      filter: `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors ${components} /BitsPerComponent ${bits} /Columns ${width} >>`,
      data: dataPieces(source, header),
    };
  }
  const compressed = Buffer.concat(header.data.map(({ offset, length }) => source.read(offset, length)));
  const rows = pngRows(compressed, { width, height, interlaced, bitsPerPixel: components * bits });
  if (!hasAlpha) return { ...page, ...coloursOf(header), bitsPerComponent: bits, data: rows };
  return {
    ...page,
    bitsPerComponent: 8,
    colourSpace: colourType === 4 ? '/DeviceGray' : '/DeviceRGB',
    data: onWhite(rows, colourType === 4 ? 1 : 3, bits === 16 ? 2 : 1),
  };
}

/** The colour space; transparent colours become a colour key mask, or white ones in a palette. */
function coloursOf({ colourType, palette, transparency }: PngHeader): Pick<ImagePage, 'colourSpace' | 'extra'> {
  if (colourType === 3) {
    if (palette === undefined) throw damaged('The PNG has no palette');
    const colours = palette.map((value, i) => {
      const alpha = transparency?.[Math.floor(i / 3)] ?? 255;
      return Math.round((value * alpha) / 255) + 255 - alpha;
    });
    return { colourSpace: `[/Indexed /DeviceRGB ${palette.length / 3 - 1} <${Buffer.from(colours).toString('hex')}>]` };
  }
  const samples = colourType === 0 ? 1 : 3;
  const colourSpace = samples === 1 ? '/DeviceGray' : '/DeviceRGB';
  if (transparency === undefined || transparency.length < samples * 2) return { colourSpace };
  const key = Array.from({ length: samples }, (_, i) => transparency.readUInt16BE(i * 2)).map((value) => `${value} ${value}`);
  return { colourSpace, extra: `/Mask [${key.join(' ')}]` };
}

function readPngHeader(source: Source): PngHeader {
  const header = source.read(0, 33);
  if (header.toString('latin1', 12, 16) !== 'IHDR') throw damaged('The PNG has no header');
  const [bits, colourType, , , interlace] = header.subarray(24, 29);
  if (!(colourType in COMPONENTS) || ![1, 2, 4, 8, 16].includes(bits)) throw damaged('The PNG’s header is damaged');
  const data: { offset: number; length: number }[] = [];
  let palette: Buffer | undefined;
  let transparency: Buffer | undefined;
  let resolution: Resolution | undefined;
  let orientation: Orientation = 1;
  let ended = false;
  for (let at = 33; at + 12 <= source.size && !ended;) {
    const chunk = source.read(at, 8);
    const length = chunk.readUInt32BE(0);
    const body = at + 8;
    switch (chunk.toString('latin1', 4, 8)) {
      case 'PLTE':
        palette = source.read(body, Math.min(length - (length % 3), 768));
        break;
      case 'tRNS':
        transparency = source.read(body, length);
        break;
      case 'pHYs':
        resolution = readDensity(source.read(body, 9));
        break;
      case 'eXIf':
        orientation = readExif(source.read(body, length)).orientation;
        break;
      case 'IDAT':
        data.push({ offset: body, length });
        break;
      case 'IEND':
        ended = true;
    }
    at = body + length + 4;
  }
  if (!ended || data.length === 0) throw damaged('The PNG is cut off');
  return {
    width: header.readUInt32BE(16),
    height: header.readUInt32BE(20),
    bits: bits as PngHeader['bits'],
    colourType,
    interlaced: interlace !== 0,
    palette,
    transparency,
    resolution,
    orientation,
    data,
  };
}

function readDensity(body: Buffer): Resolution | undefined {
  const perMetre = 1;
  if (body[8] !== perMetre) return undefined;
  return { x: body.readUInt32BE(0) * 0.0254, y: body.readUInt32BE(4) * 0.0254 };
}

function* dataPieces(source: Source, header: PngHeader): Generator<Buffer> {
  for (const { offset, length } of header.data) yield* piecesOf(source, offset, length);
}
