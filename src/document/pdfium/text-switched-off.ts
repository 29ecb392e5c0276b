import { copyRows } from './draw.js';
import { BITMAP, PAGE_OBJECT, RENDER_MODE_INVISIBLE } from './exports.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** Forms nested deeper than this are no honest page. */
const MAX_DEPTH = 16;
/** Layers' sections of one page that are looked at; CAD drawings may have thousands. */
const MOST_SECTIONS = 200;
/** What marks the content of a layer (ISO 32000-1 §8.11.3.2). */
const LAYER_MARK = 'OC';
/** Pixels a section is drawn with at most. */
const MOST_PIXELS = 1_000_000;

/** Handles of the page's text objects nobody sees because their layer is switched off. */
export function textSwitchedOff(pdfium: Pdfium, page: LoadedPage): ReadonlySet<number> {
  const off = new Set<number>();
  const { sections, leaves } = sectionsOf(pdfium, page);
  if (sections.length === 0) return off;
  const { api } = pdfium;
  for (const leaf of leaves) api.FPDFPageObj_SetIsActive(leaf, 0);
  // Each section drawn alone: what it shows then it shows on the page.
  for (const section of sections) {
    for (const text of section) api.FPDFPageObj_SetIsActive(text, 1);
    if (drawsNothing(pdfium, page)) for (const text of section) off.add(text);
    for (const text of section) api.FPDFPageObj_SetIsActive(text, 0);
  }
  for (const leaf of leaves) api.FPDFPageObj_SetIsActive(leaf, 1);
  return off;
}

interface Sections {
  /** Text objects that lie in the same layers, as they are drawn within the same marks and forms: those that are visible otherwise. */
  readonly sections: number[][];
  /** Everything that is drawn, forms left out. */
  readonly leaves: number[];
}

/** Text in forms counts as lying in a layer: a form may have one. */
function sectionsOf(pdfium: Pdfium, page: LoadedPage): Sections {
  const { api } = pdfium;
  const sections = new Map<string, number[]>();
  const leaves: number[] = [];
  const visit = (object: number, outer: string, depth: number): void => {
    const within = outer + layerMarks(pdfium, object).join();
    const type = api.FPDFPageObj_GetType(object);
    if (type === PAGE_OBJECT.form) {
      const count = depth < MAX_DEPTH ? api.FPDFFormObj_CountObjects(object) : 0;
      for (let i = 0; i < count; i++) visit(api.FPDFFormObj_GetObject(object, i), `${within}/${object}/`, depth + 1);
      return;
    }
    leaves.push(object);
    if (type !== PAGE_OBJECT.text || within === '' || api.FPDFTextObj_GetTextRenderMode(object) === RENDER_MODE_INVISIBLE) return;
    const section = sections.get(within);
    if (section === undefined) sections.set(within, [object]);
    else section.push(object);
  };
  const count = api.FPDFPage_CountObjects(page.handle);
  for (let i = 0; i < count; i++) visit(api.FPDFPage_GetObject(page.handle, i), '', 0);
  return { sections: [...sections.values()].slice(0, MOST_SECTIONS), leaves };
}

/** Handles of the marks that put an object into a layer; the objects of one section share them. */
function layerMarks(pdfium: Pdfium, object: number): number[] {
  const { api } = pdfium;
  const count = Math.max(0, api.FPDFPageObj_CountMarks(object));
  return Array.from({ length: count }, (_, i) => api.FPDFPageObj_GetMark(object, i)).filter((mark) => isLayerMark(pdfium, mark));
}

function isLayerMark(pdfium: Pdfium, mark: number): boolean {
  // UTF-16 with a null at its end, and behind it the length.
  const room = 2 * (LAYER_MARK.length + 1);
  return pdfium.withMemory(room + 8, (name) => {
    if (pdfium.api.FPDFPageObjMark_GetName(mark, name, room, name + 8) === 0) return false;
    return (
      pdfium.view().getUint32(name + 8, true) === room &&
      Buffer.from(pdfium.bytes().slice(name, name + room - 2)).toString('utf16le') === LAYER_MARK
    );
  });
}

function drawsNothing(pdfium: Pdfium, page: LoadedPage): boolean {
  const { api } = pdfium;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (page.width * page.height)));
  const [width, height] = [page.width, page.height].map((side) => Math.max(1, Math.floor(side * scale)));
  const bitmap = api.FPDFBitmap_CreateEx(width, height, BITMAP.bgra, 0, 0);
  if (bitmap === 0) return false;
  try {
    api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0);
    api.FPDF_RenderPageBitmap(bitmap, page.handle, 0, 0, width, height, 0, 0);
    const pixels = copyRows(pdfium, bitmap, width * 4, height);
    return pixels.every((value) => value === 0);
  } finally {
    api.FPDFBitmap_Destroy(bitmap);
  }
}
