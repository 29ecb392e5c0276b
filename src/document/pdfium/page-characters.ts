import type { Box } from '../page-result.js';
import { RENDER_MODE_INVISIBLE } from './exports.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** One character of the page's own text. */
export interface PageCharacter {
  text: string;
  /** On the displayed page, as high as the font's line. */
  box: Box;
  /** Degrees clockwise its baseline is turned from the displayed page's horizontal. */
  angle: 0 | 90 | 180 | 270;
  /** Drawn with render mode 3, as OCR layers are. */
  invisible: boolean;
  /** A space or line break that is not in the document: PDFium found a gap there. */
  generated: boolean;
  /** A hyphen that divides a word at a line's end. */
  hyphen: boolean;
}

/** Characters PDFium gives for a dividing hyphen, according to how the font encodes it. */
const HYPHEN_MARKS = new Set([0x02, 0xad, 0xfffe]);

/** Reads the characters in PDFium's order: that of the content stream, right-to-left runs in logical order. */
export function readCharacters(pdfium: Pdfium, page: LoadedPage): PageCharacter[] {
  const { api } = pdfium;
  const text = api.FPDFText_LoadPage(page.handle);
  if (text === 0) return [];
  try {
    const modes = new Map<number, boolean>();
    const isInvisible = (index: number): boolean => {
      const object = api.FPDFText_GetTextObject(text, index);
      if (object === 0) return false;
      let invisible = modes.get(object);
      if (invisible === undefined) {
        invisible = api.FPDFTextObj_GetTextRenderMode(object) === RENDER_MODE_INVISIBLE;
        modes.set(object, invisible);
      }
      return invisible;
    };
    const characters: PageCharacter[] = [];
    pdfium.withMemory(32, (scratch) => {
      const count = api.FPDFText_CountChars(text);
      for (let index = 0; index < count; index++) {
        const code = api.FPDFText_GetUnicode(text, index);
        if (code === 0 || code > 0x10ffff) continue;
        const generated = api.FPDFText_IsGenerated(text, index) === 1;
        const hyphen = api.FPDFText_IsHyphen(text, index) === 1 || HYPHEN_MARKS.has(code);
        const box = generated ? { x0: 0, y0: 0, x1: 0, y1: 0 } : charBox(pdfium, page, text, index, scratch);
        if (box === undefined) continue;
        characters.push({
          text: hyphen ? '-' : String.fromCodePoint(code),
          box,
          angle: generated ? 0 : displayAngle(api.FPDFText_GetCharAngle(text, index), page.rotation),
          invisible: !generated && isInvisible(index),
          generated,
          hyphen,
        });
      }
    });
    return characters;
  } finally {
    api.FPDFText_ClosePage(text);
  }
}

/** Undefined for a character that is not on the displayed part of the page. */
function charBox(pdfium: Pdfium, page: LoadedPage, text: number, index: number, scratch: number): Box | undefined {
  const { api } = pdfium;
  let box: Box;
  if (api.FPDFText_GetLooseCharBox(text, index, scratch) !== 0) {
    const view = pdfium.view();
    const [left, top, right, bottom] = [0, 4, 8, 12].map((offset) => view.getFloat32(scratch + offset, true));
    box = page.toDisplay(Math.min(left, right), Math.min(bottom, top), Math.max(left, right), Math.max(bottom, top));
  } else if (api.FPDFText_GetCharBox(text, index, scratch, scratch + 8, scratch + 16, scratch + 24) !== 0) {
    const view = pdfium.view();
    const [left, right, bottom, top] = [0, 8, 16, 24].map((offset) => view.getFloat64(scratch + offset, true));
    box = page.toDisplay(left, bottom, right, top);
  } else {
    return undefined;
  }
  if (box.x1 < 0 || box.y1 < 0 || box.x0 > page.width || box.y0 > page.height) return undefined;
  return {
    x0: Math.max(0, box.x0),
    y0: Math.max(0, box.y0),
    x1: Math.min(page.width, box.x1),
    y1: Math.min(page.height, box.y1),
  };
}

/** PDFium's angle is clockwise in radians before the page's own rotation; the nearest quarter turn is told. */
function displayAngle(radians: number, rotation: number): PageCharacter['angle'] {
  const turns = Math.round(((radians < 0 ? 0 : radians) * 2) / Math.PI) + rotation / 90;
  return ((turns % 4) * 90) as PageCharacter['angle'];
}
