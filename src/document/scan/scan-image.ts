import { PDFArray, PDFBool, PDFDict, PDFName, PDFNumber, PDFRef, type PDFObject } from 'pdf-lib';
import { findPage, type PageNode } from '../write/page-tree.js';
import type { PdfSource } from '../write/pdf-source.js';
import { onlyImageIn } from './only-image.js';

/** Content streams of scans have a line or two; a longer one is something else. */
const LONGEST_CONTENT = 4096;

/** The image a scanned page consists of, as it lies in the file. */
export interface ScanImage {
  /** Its pixels. */
  readonly width: number;
  readonly height: number;
  /** Names of its filters, without the slash. */
  readonly filters: readonly string[];
  /** `DeviceGray`, say; null for one that is described at length. */
  readonly colourSpace: string | null;
  readonly bitsPerComponent: number;
  /** True when its samples mean the opposite. */
  readonly inverted: boolean;
  /** The dictionary of its one filter. */
  readonly parms: PDFDict | null;
  /** Where its data lies in the file, still filtered. */
  readonly packed: { readonly start: number; readonly length: number };
}

/**
 * The image that is all there is on a page: placed upright by `cm` and shown by `Do`, opaque, without mask, clip, layer or annotations that
 * draw. Where it lies is not looked at. Null for every other page.
 * @param number 1-based
 * @throws UnreadablePdf for a damaged file
 */
export async function findScanImage(source: PdfSource, number: number): Promise<ScanImage | null> {
  const page = await findPage(source, number);
  if (page === null || page.dict.has(PDFName.of('UserUnit')) || (await drawsAnnotations(source, page))) return null;
  const content = await contentOf(source, page);
  const only = content === null ? null : onlyImageIn(content);
  if (only === null) return null;
  const resources = await source.dict(page.attributes.Resources);
  const spaces = await source.dict(resources?.get(PDFName.of('ColorSpace')));
  if (OWN_DEVICE_SPACES.some((name) => spaces?.has(PDFName.of(name)))) return null;
  const states = await source.dict(resources?.get(PDFName.of('ExtGState')));
  for (const name of only.states) if (!(await isPlainState(source, states?.get(PDFName.of(name))))) return null;
  const xObjects = await source.dict(resources?.get(PDFName.of('XObject')));
  const ref = xObjects?.get(PDFName.of(only.name));
  return ref instanceof PDFRef ? describe(source, ref) : null;
}

/** Colour spaces a page puts in the place of the plain ones (ISO 32000-1 §8.6.5.6). */
const OWN_DEVICE_SPACES = ['DefaultGray', 'DefaultRGB', 'DefaultCMYK'];

/** Entries of a graphics state that change nothing an image is drawn with, each with the values that do not (ISO 32000-1, table 58). */
const PLAIN_STATE: Readonly<Record<string, readonly string[] | 'any'>> = {
  Type: 'any',
  SM: 'any',
  SA: 'any',
  OP: 'any',
  op: 'any',
  OPM: 'any',
  AIS: 'any',
  LW: 'any',
  CA: 'any',
  ca: ['1'],
  BM: ['/Normal', '/Compatible'],
  SMask: ['/None'],
};

async function isPlainState(source: PdfSource, state: PDFObject | undefined): Promise<boolean> {
  const dict = await source.dict(state);
  if (dict === null) return false;
  for (const [key, value] of dict.entries()) {
    const plain = PLAIN_STATE[key.decodeText()];
    if (plain !== 'any' && !plain?.includes(String(await source.resolve(value)))) return false;
  }
  return true;
}

/** Links and pop-ups draw nothing; whatever else is there may. */
async function drawsAnnotations(source: PdfSource, page: PageNode): Promise<boolean> {
  const annotations = await source.resolve(page.dict.get(PDFName.of('Annots')));
  if (annotations === undefined) return false;
  if (!(annotations instanceof PDFArray)) return true;
  for (const each of annotations.asArray()) {
    const subtype = (await source.dict(each))?.get(PDFName.of('Subtype'));
    if (subtype !== PDFName.of('Link') && subtype !== PDFName.of('Popup')) return true;
  }
  return false;
}

async function contentOf(source: PdfSource, page: PageNode): Promise<Uint8Array | null> {
  const contents = page.dict.get(PDFName.of('Contents'));
  const resolved = contents instanceof PDFRef ? (await source.object(contents)).object : contents;
  const streams = resolved instanceof PDFArray ? resolved.asArray() : [contents];
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const stream of streams) {
    if (!(stream instanceof PDFRef)) return null;
    const { packed } = await source.object(stream);
    length += packed?.length ?? 0;
    if (length > LONGEST_CONTENT) return null;
    parts.push((await source.stream(stream)).data, Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** What would make the image look another way than its samples say. */
const OTHERWISE = ['SMask', 'Mask', 'OC', 'SMaskInData'];

async function describe(source: PdfSource, ref: PDFRef): Promise<ScanImage | null> {
  const { object, packed } = await source.object(ref);
  if (!(object instanceof PDFDict) || packed === null) return null;
  const dict = await source.directFilters(object);
  const get = (key: string) => source.resolve(dict.get(PDFName.of(key)));
  if ((await get('Subtype')) !== PDFName.of('Image') || (await get('ImageMask')) === PDFBool.True) return null;
  for (const key of OTHERWISE) if ((await get(key)) !== undefined) return null;
  const [width, height, bits] = [await get('Width'), await get('Height'), await get('BitsPerComponent')];
  const decode = decodeOf(await get('Decode'));
  if (!(width instanceof PDFNumber && height instanceof PDFNumber) || decode === 'else') return null;
  const filters = listOf(await get('Filter'));
  const [given] = listOf(await get('DecodeParms'));
  const parms = await source.resolve(given);
  // Numbers that lie elsewhere in the file are not followed.
  if (parms instanceof PDFDict && parms.values().some((value) => value instanceof PDFRef)) return null;
  const space = await get('ColorSpace');
  return {
    width: width.asNumber(),
    height: height.asNumber(),
    filters: filters.map((filter) => String(filter).slice(1)),
    colourSpace: space instanceof PDFName ? space.decodeText() : null,
    bitsPerComponent: bits instanceof PDFNumber ? bits.asNumber() : 0,
    inverted: decode === 'inverted',
    parms: parms instanceof PDFDict ? parms : null,
    packed,
  };
}

function listOf(value: PDFObject | undefined): PDFObject[] {
  if (value instanceof PDFArray) return value.asArray();
  return value === undefined ? [] : [value];
}

function decodeOf(value: PDFObject | undefined): 'as it is' | 'inverted' | 'else' {
  if (value === undefined) return 'as it is';
  const numbers =
    value instanceof PDFArray ? value.asArray().map((item) => (item instanceof PDFNumber ? item.asNumber() : Number.NaN)) : [];
  if (numbers.length === 0 || numbers.length % 2 === 1) return 'else';
  const pairs = numbers.flatMap((low, index) => (index % 2 === 0 ? [`${low} ${numbers[index + 1]}`] : []));
  if (pairs.every((pair) => pair === '0 1')) return 'as it is';
  return pairs.every((pair) => pair === '1 0') ? 'inverted' : 'else';
}
