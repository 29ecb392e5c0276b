import { PDFArray, PDFBool, PDFDict, PDFHexString, PDFName, PDFNumber, PDFRef, PDFString, type PDFObject } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';
import { LONGEST_NAME, LONGEST_STRING, MOST_INTEGER } from './check-operands.js';
import { DEPTHS, isDeviceCmyk, RENDERING_INTENTS } from './colours.js';
import { actionsOf, FORBIDDEN_ACTIONS, isEvents } from './conform-object.js';
import { nameOf, numberOf, numbersOf } from './resolved.js';
import type { Violations } from './rules.js';

const FILTERS = new Set([
  'ASCIIHexDecode',
  'ASCII85Decode',
  'FlateDecode',
  'RunLengthDecode',
  'CCITTFaxDecode',
  'JBIG2Decode',
  'DCTDecode',
  'JPXDecode',
]);
const BLEND_MODES = new Set(
  'Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue Saturation Color Luminosity'.split(
    ' ',
  ),
);
const ANNOTATIONS = new Set(
  'Text Link FreeText Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Stamp Caret Ink Popup FileAttachment Widget PrinterMark TrapNet Watermark Redact'.split(
    ' ',
  ),
);
const NAMED_ACTIONS = new Set(['NextPage', 'PrevPage', 'FirstPage', 'LastPage']);
const ICC_CLASSES = new Set(['prtr', 'mntr', 'scnr', 'spac']);
const ICC_CHANNELS: Readonly<Record<string, number>> = { GRAY: 1, 'RGB ': 3, 'Lab ': 3, CMYK: 4 };
/** CMYK among the enumerated colour spaces of JPEG 2000 (ISO 15444-1, annex I). */
const ENUMERATED_CMYK = 12;
/** Inks whose colour is known by their name. */
const PROCESS_INKS = new Set(['Cyan', 'Magenta', 'Yellow', 'Black', 'None', 'All']);
const FLAGS = { invisible: 1, hidden: 2, print: 4, noView: 32, toggleNoView: 256 };

/** Checks everything one object says by itself, nested ones too. */
export async function checkObject(object: PDFObject, source: PdfSource, violations: Violations): Promise<void> {
  if (object instanceof PDFNumber) {
    violations.require(Math.abs(object.asNumber()) <= MOST_INTEGER, '6.1.13', 'a number is out of bounds');
  } else if (object instanceof PDFString || object instanceof PDFHexString) {
    violations.require(object.asBytes().length <= LONGEST_STRING, '6.1.13', 'a string is too long');
    if (object instanceof PDFHexString) violations.require(object.asString().length % 2 === 0, '6.1.6', 'half a byte is missing');
  } else if (object instanceof PDFName) {
    violations.require(object.asBytes().length <= LONGEST_NAME, '6.1.13', 'a name is too long');
  } else if (object instanceof PDFArray) {
    await checkColourSpace(object, source, violations);
    for (const item of object.asArray()) await checkObject(item, source, violations);
  } else if (object instanceof PDFDict) {
    await checkDict(object, source, violations);
    for (const [key, value] of object.entries()) {
      await checkObject(key, source, violations);
      await checkObject(value, source, violations);
    }
  }
}

async function checkDict(dict: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const subtype = await nameOf(source, dict, 'Subtype');
  const type = await nameOf(source, dict, 'Type');
  const has = (key: string) => dict.has(PDFName.of(key));
  for (const key of ['ColorSpace', 'CS', 'DefaultCMYK', 'Alternate'])
    violations.require(
      !has(key) || !(await isDeviceCmyk(dict.get(PDFName.of(key)), source)),
      '6.2.4',
      'an image or a group is in DeviceCMYK',
    );
  await checkActions(dict, type, source, violations);
  violations.require(!has('EF'), '6.8', 'a file is attached');
  violations.require(!has('ByteRange'), '6.4', 'a signature is not over the bytes of this file');
  if (type === 'ExtGState' || has('BM')) await checkGraphicsState(dict, source, violations);
  if (subtype === 'Image') await checkImage(dict, source, violations);
  if (subtype === 'Form' || subtype === 'PS') {
    const isPostScript = subtype === 'PS' || has('PS') || (await nameOf(source, dict, 'Subtype2')) === 'PS';
    violations.require(!isPostScript, '6.2.9', 'there is PostScript in it');
    violations.require(!has('Ref') && !has('OPI'), '6.2.9', 'a form refers to another file');
  }
  const rect = await source.resolve(dict.get(PDFName.of('Rect')));
  if (subtype !== null && rect instanceof PDFArray && subtype !== 'Image' && subtype !== 'Form')
    await checkAnnotation(dict, subtype, rect, source, violations);
  const isField = has('FT') || (has('AA') && (await isEvents(dict, source)));
  if (isField) violations.require(!has('A') && !has('AA'), '6.4', 'a form field starts actions');
}

async function checkActions(dict: PDFDict, type: string | null, source: PdfSource, violations: Violations): Promise<void> {
  const actions = type === 'Action' ? [dict] : [];
  for (const key of ['A', 'Next', 'OpenAction']) for (const action of await actionsOf(dict, key, source)) actions.push(action);
  for (const action of actions) {
    const kind = await nameOf(source, action, 'S');
    if (kind === null) continue;
    violations.require(!FORBIDDEN_ACTIONS.has(kind), '6.5', `there is an action ${kind}`);
    if (kind !== 'Named') continue;
    violations.require(NAMED_ACTIONS.has((await nameOf(source, action, 'N')) ?? ''), '6.5', 'there is a named action');
  }
}

/** Checks what sets the graphics state. */
export async function checkGraphicsState(dict: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  for (const key of ['TR', 'HTP']) {
    violations.require(!dict.has(PDFName.of(key)) || dict.has(PDFName.of('G')), '6.2.5', `a graphics state has ${key}`);
  }
  const transfer = await nameOf(source, dict, 'TR2');
  violations.require(!dict.has(PDFName.of('TR2')) || transfer === 'Default', '6.2.5', 'a graphics state has TR2');
  const halftone = await source.dict(dict.get(PDFName.of('HT')));
  violations.require(halftone === null, '6.2.5', 'a graphics state has a halftone');
  const modes = await source.resolve(dict.get(PDFName.of('BM')));
  const list = modes instanceof PDFArray ? modes.asArray() : modes instanceof PDFName ? [modes] : [];
  for (const item of list) {
    const mode = await source.resolve(item);
    violations.require(mode instanceof PDFName && BLEND_MODES.has(mode.decodeText()), '6.2.10', 'there is an unknown blend mode');
  }
  const intent = await nameOf(source, dict, 'RI');
  violations.require(intent === null || RENDERING_INTENTS.has(intent), '6.2.6', 'there is an unknown rendering intent');
}

async function checkImage(dict: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const has = (key: string) => dict.has(PDFName.of(key));
  violations.require(!has('Alternates') && !has('OPI'), '6.2.8', 'an image has alternates');
  const interpolate = await source.resolve(dict.get(PDFName.of('Interpolate')));
  violations.require(interpolate !== PDFBool.True, '6.2.8', 'an image is interpolated');
  const depth = await numberOf(source, dict, 'BitsPerComponent');
  violations.require(depth === null || DEPTHS.has(depth), '6.2.8', 'an image has an unusual depth');
  const intent = await nameOf(source, dict, 'Intent');
  violations.require(intent === null || RENDERING_INTENTS.has(intent), '6.2.6', 'there is an unknown rendering intent');
}

async function checkAnnotation(
  dict: PDFDict,
  subtype: string,
  rect: PDFArray,
  source: PdfSource,
  violations: Violations,
): Promise<void> {
  violations.require(ANNOTATIONS.has(subtype), '6.3', `there is an annotation ${subtype}`);
  violations.require(subtype !== 'FileAttachment', '6.8', 'a file is attached');
  violations.require(!dict.has(PDFName.of('AA')), '6.5', 'an annotation starts actions by itself');
  violations.require(subtype !== 'Widget' || !dict.has(PDFName.of('A')), '6.4', 'a form field starts actions');
  if (subtype === 'Popup') return;
  const bits = (await numberOf(source, dict, 'F')) ?? 0;
  violations.require((bits & FLAGS.print) !== 0, '6.3', 'an annotation is not printed');
  const unseen = FLAGS.invisible | FLAGS.hidden | FLAGS.noView | FLAGS.toggleNoView;
  violations.require((bits & unseen) === 0, '6.3', 'an annotation is hidden');
  const [x0, y0, x1, y1] = await numbersOf(source, rect);
  const appearance = await source.dict(dict.get(PDFName.of('AP')));
  if (subtype === 'Link' || (x0 === x1 && y0 === y1)) return;
  violations.require(appearance?.has(PDFName.of('N')) ?? false, '6.3', 'an annotation has no appearance');
  violations.require(appearance === null || appearance.keys().length === 1, '6.3', 'an annotation has several appearances');
}

async function checkColourSpace(array: PDFArray, source: PdfSource, violations: Violations): Promise<void> {
  const [family, second] = array.asArray();
  if (!(family instanceof PDFName)) return;
  const kind = family.decodeText();
  violations.require(!(await isDeviceCmyk(array, source)), '6.2.4', 'a colour space is based on DeviceCMYK');
  if (kind === 'ICCBased' && second instanceof PDFRef) await checkProfile(second, source, violations);
  if (kind === 'DeviceN') await checkInks(array, source, violations);
}

async function checkProfile(ref: PDFRef, source: PdfSource, violations: Violations): Promise<void> {
  const { dict, data } = await source.stream(ref);
  const channels = await numberOf(source, dict, 'N');
  const header = Buffer.from(data.subarray(0, 128)).toString('latin1');
  const fits =
    data.length >= 128 &&
    header.charCodeAt(8) <= 4 &&
    ICC_CLASSES.has(header.slice(12, 16)) &&
    ICC_CHANNELS[header.slice(16, 20)] === channels;
  violations.require(fits, '6.2.4', 'an ICC profile does not fit its colour space');
}

async function checkInks(array: PDFArray, source: PdfSource, violations: Violations): Promise<void> {
  const inks = await source.resolve(array.get(1));
  const attributes = array.size() > 4 ? await source.dict(array.get(4)) : null;
  const colorants = await source.dict(attributes?.get(PDFName.of('Colorants')));
  for (const ink of inks instanceof PDFArray ? inks.asArray() : []) {
    const known = ink instanceof PDFName && (PROCESS_INKS.has(ink.decodeText()) || (colorants?.has(ink) ?? false));
    violations.require(known, '6.2.4', 'a spot colour of DeviceN is not described');
  }
}

/** Checks a stream: its length, its filters, that its data is in the file. */
export async function checkStream(
  dict: PDFDict,
  packed: { start: number; length: number },
  source: PdfSource,
  violations: Violations,
): Promise<void> {
  const after = (await source.bytes.read(packed.start + packed.length, 12)).toString('latin1');
  violations.require(/^(\r\n|\n|\r)endstream/.test(after), '6.1.7', 'a stream is not as long as it says');
  for (const key of ['F', 'FFilter', 'FDecodeParms'])
    violations.require(!dict.has(PDFName.of(key)), '6.1.7', 'the data of a stream is in another file');
  const filter = dict.get(PDFName.of('Filter'));
  const filters = filter instanceof PDFArray ? filter.asArray() : filter ? [filter] : [];
  for (const name of filters)
    violations.require(
      name instanceof PDFName && FILTERS.has(name.decodeText()),
      '6.1.7',
      'a stream has a filter that is not allowed',
    );
  if (filters.at(-1) === PDFName.of('JPXDecode')) await checkJpeg2000(dict, packed, source, violations);
}

async function checkJpeg2000(
  dict: PDFDict,
  packed: { start: number; length: number },
  source: PdfSource,
  violations: Violations,
): Promise<void> {
  const head = await source.bytes.read(packed.start, Math.min(packed.length, 512));
  const box = head.indexOf('ihdr', 0, 'latin1');
  const channels = box < 0 ? 0 : head.readUInt16BE(box + 12);
  violations.require([1, 3, 4].includes(channels), '6.2.8', 'a JPEG 2000 image has an unusual number of channels');
  // the colour space its data tells, of method 1 (enumerated), counts where the dictionary has none
  const colour = head.indexOf('colr', 0, 'latin1');
  const isCmyk = colour >= 0 && head[colour + 4] === 1 && head.readUInt32BE(colour + 7) === ENUMERATED_CMYK;
  violations.require(!isCmyk || dict.has(PDFName.of('ColorSpace')), '6.2.4', 'an image or a group is in DeviceCMYK');
}
