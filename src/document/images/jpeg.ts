import { readExif, type ExifFacts } from './exif.js';
import { pointsOf, resolutionOf, type Resolution } from './page-size.js';
import type { ImagePage } from './pdf-writer.js';
import { checkPixels, damaged, piecesOf, unsupported, type Source } from './source.js';

/** What a JPEG's markers tell (ITU-T T.81, JFIF 1.02, Adobe technical note 5116). */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Written by Adobe's software, which stores CMYK inverted. */
  readonly isAdobe: boolean;
  readonly resolution?: Resolution;
  readonly exif: ExifFacts;
  /** Where in the source its first scan begins; undefined when it has none. */
  readonly scan: number | undefined;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const END = Buffer.from([0xff, EOI]);

/**
 * The page of a JPEG, its data kept as they are: baseline, extended and progressive ones are what DCTDecode takes.
 * @throws OcrError damaged_document (cut off, too), unsupported_document (lossless, arithmetic, 12-bit), page_too_large
 */
export function jpegPage(source: Source, maxPixels: number): ImagePage {
  const header = readJpegHeader(source, 0, source.size);
  checkPixels(header.width, header.height, maxPixels);
  if (endOfJpeg(source, header) === undefined) throw damaged('The JPEG is cut off');
  const { width, height, exif } = header;
  return {
    ...jpegColours(header),
    width,
    height,
    orientation: exif.orientation,
    points: pointsOf(width, height, resolutionOf(width, height, header.resolution ?? exif.resolution)),
    bitsPerComponent: 8,
    filter: '/Filter /DCTDecode',
    data: piecesOf(source, 0, source.size),
  };
}

/** How a JPEG's components are to be read. */
export function jpegColours(header: JpegHeader): Pick<ImagePage, 'colourSpace' | 'extra'> {
  switch (header.components) {
    case 1:
      return { colourSpace: '/DeviceGray' };
    case 3:
      return { colourSpace: '/DeviceRGB' };
    case 4:
      return { colourSpace: '/DeviceCMYK', ...(header.isAdobe ? { extra: '/Decode [1 0 1 0 1 0 1 0]' } : {}) };
    default:
      throw unsupported(`A JPEG with ${header.components} components is not supported`);
  }
}

/** Reads the markers up to the frame header. */
export function readJpegHeader(source: Source, start: number, length: number): JpegHeader {
  const end = start + length;
  const first = source.read(start, 2);
  if (first[0] !== 0xff || first[1] !== SOI) throw damaged('The JPEG does not begin as one');
  let isAdobe = false;
  let resolution: Resolution | undefined;
  let exif: ExifFacts = { orientation: 1 };
  let frame: { width: number; height: number; components: number } | undefined;
  let scan: number | undefined;
  for (let at = start + 2; at + 4 <= end;) {
    const [prefix, marker, high, low] = source.read(at, 4);
    if (prefix !== 0xff) throw damaged('The JPEG’s markers are damaged');
    if (marker === 0xff) {
      at++; // fill bytes may stand before a marker
      continue;
    }
    if (marker === SOS) scan = at;
    if (marker === SOS || marker === EOI) break;
    const size = (high << 8) | low;
    const body = source.read(at + 4, Math.max(0, size - 2));
    const tag = body.toString('latin1', 0, 6);
    if (marker === 0xe0 && tag.startsWith('JFIF\0')) resolution = jfifResolution(body);
    else if (marker === 0xe1 && tag === 'Exif\0\0') exif = readExif(body);
    else if (marker === 0xee && tag.startsWith('Adobe')) isAdobe = true;
    else if (isFrame(marker)) frame = readFrame(marker, body);
    at += 2 + size;
  }
  if (frame === undefined) throw damaged('The JPEG has no frame');
  return { ...frame, isAdobe, resolution, exif, scan };
}

/** Where the picture ends, behind its end marker; undefined when it is cut off. What stands before its scans, a thumbnail say, has ends of its own. */
export function endOfJpeg(source: Source, { scan }: JpegHeader): number | undefined {
  if (scan === undefined) return undefined;
  let at = scan;
  let last = 0;
  for (const piece of piecesOf(source, scan, source.size - scan)) {
    if (last === 0xff && piece[0] === EOI) return at + 1;
    const found = piece.indexOf(END);
    if (found >= 0) return at + found + END.length;
    last = piece[piece.length - 1];
    at += piece.length;
  }
  return undefined;
}

/** SOF0..SOF15 without DHT, JPG and DAC, which stand among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function readFrame(marker: number, body: Buffer): { width: number; height: number; components: number } {
  if (marker > 0xc2) throw unsupported('Lossless and arithmetic-coded JPEGs are not supported');
  if (body.length < 6) throw damaged('The JPEG’s frame is damaged');
  if (body[0] !== 8) throw unsupported(`A JPEG of ${body[0]} bits is not supported`);
  return { height: body.readUInt16BE(1), width: body.readUInt16BE(3), components: body[5] };
}

function jfifResolution(body: Buffer): Resolution | undefined {
  if (body.length < 12) return undefined;
  const [unit, x, y] = [body[7], body.readUInt16BE(8), body.readUInt16BE(10)];
  if (unit === 1) return { x, y };
  if (unit === 2) return { x: x * 2.54, y: y * 2.54 };
  return undefined;
}
