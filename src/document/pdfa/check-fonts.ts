import { PDFArray, PDFDict, PDFHexString, PDFName, PDFRef, PDFString, type PDFObject } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';
import { PREDEFINED_CMAPS } from './predefined-cmaps.js';
import { nameOf } from './resolved.js';
import type { Violations } from './rules.js';

const SIMPLE = new Set(['Type1', 'MMType1', 'TrueType']);
const SYMBOLIC = 4;

/** Checks a font that text is visibly shown in: it must be in the file. */
export async function checkVisibleFont(font: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  if ((await nameOf(source, font, 'Subtype')) === 'Type3') return;
  const described = (await nameOf(source, font, 'Subtype')) === 'Type0' ? await descendantOf(font, source) : font;
  const descriptor = await source.dict(described?.get(PDFName.of('FontDescriptor')));
  const isEmbedded = ['FontFile', 'FontFile2', 'FontFile3'].some((key) => descriptor?.has(PDFName.of(key)));
  violations.require(
    isEmbedded,
    '6.2.11',
    `the font ${(await nameOf(source, font, 'BaseFont')) ?? 'without a name'} is not embedded`,
  );
}

/** Checks how a font is built, seen or not. */
export async function checkFont(font: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const subtype = (await nameOf(source, font, 'Subtype')) ?? '';
  if (subtype === 'Type0') await checkComposite(font, source, violations);
  else if (SIMPLE.has(subtype)) await checkSimple(font, subtype, source, violations);
}

async function checkComposite(font: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const descendant = await descendantOf(font, source);
  violations.require(descendant !== null, '6.2.11', 'a composite font has no descendant');
  if (!descendant) return;
  const hasMap = (await nameOf(source, descendant, 'Subtype')) !== 'CIDFontType2' || descendant.has(PDFName.of('CIDToGIDMap'));
  violations.require(hasMap, '6.2.11', 'a composite font has no CIDToGIDMap');
  const encoding = font.get(PDFName.of('Encoding'));
  const name = await nameOf(source, font, 'Encoding');
  if (name?.startsWith('Identity-')) return;
  const theirs = await collectionOf(descendant, source);
  const predefined = PREDEFINED_CMAPS.get(name ?? '');
  if (name !== null) violations.require(predefined !== undefined, '6.2.11', 'a CMap is neither embedded nor predefined');
  else violations.require(encoding instanceof PDFRef, '6.2.11', 'a composite font has no CMap');
  if (predefined !== undefined) violations.require(theirs === predefined, '6.2.11', 'a CMap does not fit its font');
  if (name !== null || !(encoding instanceof PDFRef)) return;
  // an embedded CMap is for the same characters as its font, and may not use another embedded one
  const { dict } = await source.stream(encoding);
  const uses = await source.resolve(dict.get(PDFName.of('UseCMap')));
  violations.require(uses === undefined || uses instanceof PDFName, '6.2.11', 'a CMap uses another embedded one');
  violations.require((await collectionOf(dict, source)) === theirs, '6.2.11', 'a CMap does not fit its font');
}

async function checkSimple(font: PDFDict, subtype: string, source: PdfSource, violations: Violations): Promise<void> {
  const descriptor = await source.dict(font.get(PDFName.of('FontDescriptor')));
  if (!descriptor) return;
  const counted = ['FirstChar', 'LastChar', 'Widths'].every((key) => font.has(PDFName.of(key)));
  violations.require(counted, '6.2.11', 'a font does not tell its widths');
  const flags = await source.resolve(descriptor.get(PDFName.of('Flags')));
  const isSymbolic = (Number(flags?.toString() ?? 0) & SYMBOLIC) !== 0;
  const hasEncoding = font.has(PDFName.of('Encoding'));
  if (subtype === 'TrueType') {
    violations.require(isSymbolic || hasEncoding, '6.2.11', 'a TrueType font has no encoding');
    violations.require(!isSymbolic || !hasEncoding, '6.2.11', 'a symbolic TrueType font has an encoding');
  }
}

async function descendantOf(font: PDFDict, source: PdfSource): Promise<PDFDict | null> {
  const list = await source.resolve(font.get(PDFName.of('DescendantFonts')));
  return list instanceof PDFArray ? source.dict(list.get(0)) : null;
}

/** What characters a font or a CMap numbers: `Adobe-Japan1`. */
async function collectionOf(holder: PDFDict, source: PdfSource): Promise<string> {
  const info = await source.dict(holder.get(PDFName.of('CIDSystemInfo')));
  const parts: (PDFObject | undefined)[] = [];
  for (const key of ['Registry', 'Ordering']) parts.push(await source.resolve(info?.get(PDFName.of(key))));
  return parts.map((part) => (part instanceof PDFString || part instanceof PDFHexString ? part.decodeText() : '')).join('-');
}
