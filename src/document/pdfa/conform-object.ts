import { PDFArray, PDFBool, PDFDict, PDFName, PDFNumber, PDFString, type PDFObject } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';

/** Actions PDF/A-2 forbids (ISO 19005-2 §6.5.1). */
export const FORBIDDEN_ACTIONS: ReadonlySet<string> = new Set([
  'Launch',
  'Sound',
  'Movie',
  'ResetForm',
  'ImportData',
  'Hide',
  'SetOCGState',
  'Rendition',
  'Trans',
  'GoTo3DView',
  'JavaScript',
]);
const PRINT_FLAG = 4;
const MOST_PARENTS = 100;

/**
 * Takes out of an object, in place, what PDF/A-2b forbids and nobody sees on the page: scripts and actions, printers' hints, foreign
 * metadata. What is seen stays as it is; when that does not conform, the check says so.
 */
export async function conformObject(object: PDFObject, source: PdfSource): Promise<void> {
  if (object instanceof PDFArray) {
    for (const item of object.asArray()) await conformObject(item, source);
    return;
  }
  if (!(object instanceof PDFDict)) return;
  await conformDict(object, source);
  for (const [, value] of object.entries()) await conformObject(value, source);
}

async function conformDict(dict: PDFDict, source: PdfSource): Promise<void> {
  const type = nameOf(dict, 'Type');
  const subtype = nameOf(dict, 'Subtype');
  await dropForbiddenActions(dict, source);
  if (type === 'Catalog') await conformCatalog(dict, source);
  else if (type === 'Page') await conformPage(dict, source);
  else if (type === 'FontDescriptor') drop(dict, 'CIDSet', 'CharSet');
  else if (subtype === 'Image') {
    drop(dict, 'Alternates', 'OPI', 'Metadata');
    if (dict.get(PDFName.of('Interpolate')) === PDFBool.True) drop(dict, 'Interpolate');
  } else if (subtype === 'Form') drop(dict, 'OPI', 'Metadata');
  else if (subtype === 'CIDFontType2' && !dict.has(PDFName.of('CIDToGIDMap'))) set(dict, 'CIDToGIDMap', PDFName.of('Identity'));
  else if (subtype !== null && dict.get(PDFName.of('Rect')) instanceof PDFArray) await conformAnnotation(dict, subtype, source);
  else if (type === 'ExtGState' || type === null) await dropPrinterHints(dict, source);
  if (dict.has(PDFName.of('FT'))) drop(dict, 'A', 'AA');
}

async function conformCatalog(catalog: PDFDict, source: PdfSource): Promise<void> {
  drop(catalog, 'AA', 'Metadata', 'OutputIntents', 'NeedsRendering', 'Requirements', 'Version');
  const open = await source.dict(catalog.get(PDFName.of('OpenAction')));
  if (open && FORBIDDEN_ACTIONS.has(nameOf(open, 'S') ?? '')) drop(catalog, 'OpenAction');
  await replaceDict(catalog, 'Names', source, (names) => drop(names, 'JavaScript', 'AlternatePresentations'));
  await replaceDict(catalog, 'AcroForm', source, (form) => drop(form, 'NeedAppearances', 'XFA'));
  const layers = await replaceDict(catalog, 'OCProperties', source, () => undefined);
  if (!layers) return;
  await replaceDict(layers, 'D', source, (config) => conformLayers(config, 'Default'));
  const configs = await source.resolve(layers.get(PDFName.of('Configs')));
  if (!(configs instanceof PDFArray)) return;
  const copies = PDFArray.withContext(layers.context);
  for (const [i, item] of configs.asArray().entries()) {
    const config = await source.dict(item);
    if (!config) continue;
    const copy = config.clone();
    conformLayers(copy, `Configuration ${i + 1}`);
    copies.push(copy);
  }
  layers.set(PDFName.of('Configs'), copies);
}

function conformLayers(config: PDFDict, name: string): void {
  drop(config, 'AS');
  if (!config.has(PDFName.of('Name'))) set(config, 'Name', PDFString.of(name));
}

/** A page must name its own resources. */
async function conformPage(page: PDFDict, source: PdfSource): Promise<void> {
  drop(page, 'AA', 'Metadata', 'PresSteps');
  let node: PDFDict | null = page;
  for (let i = 0; i < MOST_PARENTS && node && !page.has(PDFName.of('Resources')); i++) {
    node = await source.dict(node.get(PDFName.of('Parent')));
    const inherited = node?.get(PDFName.of('Resources'));
    if (inherited) page.set(PDFName.of('Resources'), inherited);
  }
}

async function conformAnnotation(annotation: PDFDict, subtype: string, source: PdfSource): Promise<void> {
  drop(annotation, 'AA', 'Metadata');
  if (subtype === 'Widget') drop(annotation, 'A');
  const flags = annotation.get(PDFName.of('F'));
  const bits = flags instanceof PDFNumber ? flags.asNumber() : 0;
  if (subtype !== 'Popup') set(annotation, 'F', PDFNumber.of(bits | PRINT_FLAG));
  await replaceDict(annotation, 'AP', source, (appearance) => drop(appearance, 'R', 'D'));
}

async function dropForbiddenActions(dict: PDFDict, source: PdfSource): Promise<void> {
  for (const key of ['A', 'Next']) {
    const action = await source.dict(dict.get(PDFName.of(key)));
    if (action && FORBIDDEN_ACTIONS.has(nameOf(action, 'S') ?? '')) drop(dict, key);
  }
}

/** Transfer functions and halftones of a graphics state. A resource may have such a name, too: its value tells. */
async function dropPrinterHints(dict: PDFDict, source: PdfSource): Promise<void> {
  for (const key of ['TR', 'TR2', 'HT', 'HTP']) {
    const value = await source.resolve(dict.get(PDFName.of(key)));
    if (value === undefined || dict.has(PDFName.of('G'))) continue;
    const isHint = !(value instanceof PDFDict) || value.has(PDFName.of('FunctionType')) || value.has(PDFName.of('HalftoneType'));
    if (isHint) drop(dict, key);
  }
}

/** Puts a changed copy of a dictionary, direct or indirect, in its place. */
async function replaceDict(
  holder: PDFDict,
  key: string,
  source: PdfSource,
  change: (dict: PDFDict) => void,
): Promise<PDFDict | null> {
  const dict = await source.dict(holder.get(PDFName.of(key)));
  if (!dict) return null;
  const copy = dict.clone();
  change(copy);
  holder.set(PDFName.of(key), copy);
  return copy;
}

/** The name under a key, or null. */
export function nameOf(dict: PDFDict, key: string): string | null {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFName ? value.decodeText() : null;
}

function drop(dict: PDFDict, ...keys: string[]): void {
  for (const key of keys) dict.delete(PDFName.of(key));
}

function set(dict: PDFDict, key: string, value: PDFObject): void {
  dict.set(PDFName.of(key), value);
}
