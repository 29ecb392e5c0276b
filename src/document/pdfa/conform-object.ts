import { PDFArray, PDFBool, PDFDict, PDFHexString, PDFName, PDFNumber, PDFString, type PDFObject } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';
import { isWithinBounds, layersIn, PRINTERS_BOXES } from './check-document.js';
import { nameOf, numberOf } from './resolved.js';

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
  'SetState',
  'NOP',
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
  const type = await nameOf(source, dict, 'Type');
  const subtype = await nameOf(source, dict, 'Subtype');
  await dropForbiddenActions(dict, source);
  if (type === 'Catalog') await conformCatalog(dict, source);
  else if (type === 'Page') await conformPage(dict, source);
  else if (type === 'FontDescriptor') drop(dict, 'CIDSet', 'CharSet');
  else if (subtype === 'Image') {
    drop(dict, 'Alternates', 'OPI', 'Metadata');
    if ((await source.resolve(dict.get(PDFName.of('Interpolate')))) === PDFBool.True) drop(dict, 'Interpolate');
  } else if (subtype === 'Form') drop(dict, 'OPI', 'Metadata');
  else if (subtype === 'CIDFontType2' && !dict.has(PDFName.of('CIDToGIDMap'))) set(dict, 'CIDToGIDMap', PDFName.of('Identity'));
  else if (subtype !== null && (await source.resolve(dict.get(PDFName.of('Rect')))) instanceof PDFArray)
    await conformAnnotation(dict, subtype, source);
  else if (type === 'ExtGState' || type === null) await dropPrinterHints(dict, source);
  if (dict.has(PDFName.of('FT'))) drop(dict, 'A', 'AA');
  if (dict.has(PDFName.of('AA')) && (await isEvents(dict, source))) drop(dict, 'AA');
  const value = dict.has(PDFName.of('V')) ? await source.dict(dict.get(PDFName.of('V'))) : null;
  // a signature, which is over the bytes of another file now
  if (value?.has(PDFName.of('ByteRange'))) drop(dict, 'V');
}

async function conformCatalog(catalog: PDFDict, source: PdfSource): Promise<void> {
  drop(catalog, 'AA', 'Metadata', 'OutputIntents', 'NeedsRendering', 'Requirements', 'Version');
  // the rights signatures give
  drop(catalog, 'Perms', 'DSS');
  await dropForbiddenAction(catalog, 'OpenAction', source);
  await replaceDict(catalog, 'Names', source, (names) => drop(names, 'JavaScript', 'AlternatePresentations'));
  await replaceDict(catalog, 'AcroForm', source, (form) => drop(form, 'NeedAppearances', 'XFA', 'SigFlags'));
  const layers = await replaceDict(catalog, 'OCProperties', source, () => undefined);
  if (layers) await conformLayers(layers, source);
}

/** Every configuration has a name of its own, and those that list the layers list all of them. */
async function conformLayers(layers: PDFDict, source: PdfSource): Promise<void> {
  const groups = await source.resolve(layers.get(PDFName.of('OCGs')));
  const names = new Set<string>();
  const conform = async (item: PDFObject | undefined, fallback: string): Promise<PDFDict | null> => {
    const config = (await source.dict(item))?.clone();
    if (!config) return null;
    drop(config, 'AS');
    const name = await source.resolve(config.get(PDFName.of('Name')));
    const text = freeName(name instanceof PDFString || name instanceof PDFHexString ? name.decodeText() : fallback, names);
    set(config, 'Name', PDFHexString.fromText(text));
    const order = await source.resolve(config.get(PDFName.of('Order')));
    if (!(order instanceof PDFArray) || !(groups instanceof PDFArray)) return config;
    const listed = await layersIn(order, source);
    const missing = groups.asArray().filter((group) => !listed.has(group.toString()));
    set(config, 'Order', config.context.obj([...order.asArray(), ...missing]));
    return config;
  };
  const usual = await conform(layers.get(PDFName.of('D')), 'Default');
  if (usual) set(layers, 'D', usual);
  const configs = await source.resolve(layers.get(PDFName.of('Configs')));
  if (!(configs instanceof PDFArray)) return;
  const copies = PDFArray.withContext(layers.context);
  for (const [i, item] of configs.asArray().entries()) {
    const copy = await conform(item, `Configuration ${i + 1}`);
    if (copy) copies.push(copy);
  }
  set(layers, 'Configs', copies);
}

/** The name, with a number behind it when it is taken; from now on it is. */
function freeName(name: string, taken: Set<string>): string {
  let free = name || 'Default';
  for (let i = 2; taken.has(free); i++) free = `${name} ${i}`;
  taken.add(free);
  return free;
}

/** A page must name its own resources. */
async function conformPage(page: PDFDict, source: PdfSource): Promise<void> {
  drop(page, 'AA', 'Metadata', 'PresSteps');
  for (const key of PRINTERS_BOXES) if (!(await isWithinBounds(page.get(PDFName.of(key)), source))) drop(page, key);
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
  const bits = (await numberOf(source, annotation, 'F')) ?? 0;
  if (subtype !== 'Popup') set(annotation, 'F', PDFNumber.of(bits | PRINT_FLAG));
  await replaceDict(annotation, 'AP', source, (appearance) => drop(appearance, 'R', 'D'));
}

async function dropForbiddenActions(dict: PDFDict, source: PdfSource): Promise<void> {
  for (const key of ['A', 'Next']) await dropForbiddenAction(dict, key, source);
}

/** Of several actions under the key, all go when one is forbidden: what follows it would come out of turn. */
async function dropForbiddenAction(dict: PDFDict, key: string, source: PdfSource): Promise<void> {
  for (const action of await actionsOf(dict, key, source))
    if (FORBIDDEN_ACTIONS.has((await nameOf(source, action, 'S')) ?? '')) drop(dict, key);
}

/** The action or, behind another, the several ones under a key. */
export async function actionsOf(dict: PDFDict, key: string, source: PdfSource): Promise<PDFDict[]> {
  const value = dict.has(PDFName.of(key)) ? await source.resolve(dict.get(PDFName.of(key))) : undefined;
  const found = value instanceof PDFArray ? await Promise.all(value.asArray().map((item) => source.dict(item))) : [value];
  return found.filter((action) => action instanceof PDFDict);
}

/** True for the actions events start (/AA) of a field. A resource may have that name, too: what is in it tells. */
export async function isEvents(dict: PDFDict, source: PdfSource): Promise<boolean> {
  const events = await source.dict(dict.get(PDFName.of('AA')));
  for (const value of events?.values() ?? []) {
    const action = await source.dict(value);
    if (action && (await nameOf(source, action, 'S')) !== null) return true;
  }
  return false;
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

function drop(dict: PDFDict, ...keys: string[]): void {
  for (const key of keys) dict.delete(PDFName.of(key));
}

function set(dict: PDFDict, key: string, value: PDFObject): void {
  dict.set(PDFName.of(key), value);
}
