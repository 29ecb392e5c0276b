import { PDFArray, PDFBool, PDFDict, PDFHexString, PDFName, PDFRef, PDFString, type PDFObject } from 'pdf-lib';
import type { PageNode } from '../write/page-tree.js';
import type { PdfSource } from '../write/pdf-source.js';
import { readInformation } from './document-information.js';
import { nameOf, numbersOf } from './resolved.js';
import type { Violations } from './rules.js';
import { xmpPacket } from './xmp.js';

/** Points. */
const SMALLEST_PAGE = 3;
const LARGEST_PAGE = 14_400;
/** Boxes that only printers look at. */
export const PRINTERS_BOXES = ['BleedBox', 'TrimBox', 'ArtBox'] as const;
const DEEPEST_ORDER = 28;

/** Checks the file as such: its beginning, its trailer, its end. */
export async function checkFile(source: PdfSource, violations: Violations): Promise<void> {
  const head = await source.bytes.read(0, 32);
  const comment = /^%PDF-1\.[0-7][\r\n]+%(.{4})/s.exec(head.toString('latin1'));
  const isBinary = [...(comment?.[1] ?? 'a')].every((byte) => byte.charCodeAt(0) > 127);
  violations.require(isBinary, '6.1.2', 'the file does not begin as it should');
  const { trailer } = source.xref;
  violations.require(trailer.get(PDFName.of('ID')) instanceof PDFArray, '6.1.3', 'the document has no ID');
  violations.require(!trailer.has(PDFName.of('Encrypt')), '6.1.3', 'it is encrypted');
  const tail = (await source.bytes.read(source.bytes.size - 8, 8)).toString('latin1');
  violations.require(/%%EOF(\r\n|\n|\r)?$/.test(tail), '6.1.3', 'something follows the end of the file');
}

/** Checks the catalog and what belongs to the document as a whole. */
export async function checkCatalog(catalog: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const dictAt = (dict: PDFDict | null, key: string) => source.dict(dict?.get(PDFName.of(key)));
  const has = (dict: PDFDict | null, key: string) => dict?.has(PDFName.of(key)) ?? false;
  violations.require(!has(catalog, 'AA'), '6.5', 'the document starts actions by itself');
  violations.require(!has(catalog, 'Requirements'), '6.11', 'the document has requirements');
  const permissions = await dictAt(catalog, 'Perms');
  const foreign = permissions?.keys().some((key) => !['UR3', 'DocMDP'].includes(key.decodeText())) ?? false;
  violations.require(!foreign, '6.1.12', 'there are unknown permissions');
  const names = await dictAt(catalog, 'Names');
  violations.require(!has(names, 'JavaScript'), '6.5', 'there are scripts');
  violations.require(!has(names, 'EmbeddedFiles') && !has(catalog, 'AF'), '6.8', 'a file is attached');
  violations.require(!has(names, 'AlternatePresentations'), '6.10', 'there are alternate presentations');
  await checkForm(await dictAt(catalog, 'AcroForm'), violations, source);
  await checkLayers(await dictAt(catalog, 'OCProperties'), source, violations);
  await checkIntent(catalog, source, violations);
  await checkMetadata(catalog, source, violations);
}

async function checkForm(form: PDFDict | null, violations: Violations, source: PdfSource): Promise<void> {
  if (!form) return;
  violations.require(!form.has(PDFName.of('XFA')), '6.4', 'there is an XFA form');
  const needs = await source.resolve(form.get(PDFName.of('NeedAppearances')));
  violations.require(needs !== PDFBool.True, '6.4', 'a form needs its appearance made');
}

async function checkLayers(layers: PDFDict | null, source: PdfSource, violations: Violations): Promise<void> {
  if (!layers) return;
  const groups = await source.resolve(layers.get(PDFName.of('OCGs')));
  const configs = await source.resolve(layers.get(PDFName.of('Configs')));
  const all = [layers.get(PDFName.of('D')), ...(configs instanceof PDFArray ? configs.asArray() : [])];
  const names = new Set<string>();
  for (const item of all) {
    const config = await source.dict(item);
    const name = await source.resolve(config?.get(PDFName.of('Name')));
    const text = name instanceof PDFString || name instanceof PDFHexString ? name.decodeText() : '';
    violations.require(text !== '', '6.9', 'a configuration of layers has no name');
    violations.require(!names.has(text), '6.9', 'configurations of layers have the same name');
    names.add(text);
    violations.require(!config?.has(PDFName.of('AS')), '6.9', 'layers have automatic states');
    const order = config?.get(PDFName.of('Order'));
    if (!order) continue;
    const listed = await layersIn(order, source);
    const isWhole = !(groups instanceof PDFArray) || groups.asArray().every((group) => listed.has(group.toString()));
    violations.require(isWhole, '6.9', 'a list of layers leaves some out');
  }
}

/** References, as they are written, of the layers in the tree of an /Order. */
export async function layersIn(order: PDFObject, source: PdfSource): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (object: PDFObject, depth: number): Promise<void> => {
    const resolved = await source.resolve(object);
    if (!(resolved instanceof PDFArray)) found.add(object.toString());
    else if (depth < DEEPEST_ORDER) for (const item of resolved.asArray()) await visit(item, depth + 1);
  };
  await visit(order, 0);
  return found;
}

async function checkIntent(catalog: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const intents = await source.resolve(catalog.get(PDFName.of('OutputIntents')));
  const list = intents instanceof PDFArray ? intents.asArray() : [];
  const intent = await source.dict(list[0]);
  const profile = intent?.get(PDFName.of('DestOutputProfile'));
  const isOne = list.length === 1 && intent !== null && (await nameOf(source, intent, 'S')) === 'GTS_PDFA1';
  const data = await streamAt(profile, source);
  const header = Buffer.from(data?.subarray(0, 40) ?? []).toString('latin1');
  const isRgb = header.slice(12, 20) === 'mntrRGB ' && header.slice(36, 40) === 'acsp';
  violations.require(isOne && isRgb, '6.2.3', 'there is no output intent with an RGB profile');
}

/** The packet must be the one that the information dictionary asks for, byte for byte: that is stricter than the rule. */
async function checkMetadata(catalog: PDFDict, source: PdfSource, violations: Violations): Promise<void> {
  const metadata = catalog.get(PDFName.of('Metadata'));
  const dict = await source.dict(metadata);
  const isPlain = dict !== null && !dict.has(PDFName.of('Filter')) && (await nameOf(source, dict, 'Subtype')) === 'XML';
  const data = await streamAt(metadata, source);
  const expected = xmpPacket(await readInformation(source));
  const isSame = data !== null && Buffer.from(data).equals(expected);
  violations.require(isPlain && isSame, '6.6', 'the metadata do not say what the document is');
}

async function streamAt(object: PDFObject | undefined, source: PdfSource): Promise<Uint8Array | null> {
  return object instanceof PDFRef ? (await source.stream(object)).data : null;
}

/** Checks a page's own dictionary. */
export async function checkPage({ dict, attributes }: PageNode, source: PdfSource, violations: Violations): Promise<void> {
  violations.require(!dict.has(PDFName.of('AA')), '6.5', 'a page starts actions by itself');
  violations.require(!dict.has(PDFName.of('PresSteps')), '6.10', 'a page has steps of presentation');
  const needsResources = dict.has(PDFName.of('Contents'));
  violations.require(!needsResources || dict.has(PDFName.of('Resources')), '6.2.2', 'a page has no resources of its own');
  const inner = PRINTERS_BOXES.map((key) => dict.get(PDFName.of(key)));
  for (const box of [attributes.MediaBox, attributes.CropBox, ...inner])
    violations.require(await isWithinBounds(box, source), '6.1.13', 'a page is too small or too large');
}

/** True of a page's box that has a size PDF/A allows, and of none. */
export async function isWithinBounds(object: PDFObject | undefined, source: PdfSource): Promise<boolean> {
  const box = await source.resolve(object);
  if (!(box instanceof PDFArray)) return true;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = await numbersOf(source, box);
  return [Math.abs(x1 - x0), Math.abs(y1 - y0)].every((side) => side >= SMALLEST_PAGE && side <= LARGEST_PAGE);
}
