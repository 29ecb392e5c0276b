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
  /** Its font does not tell which character it is: what it is given as is a guess. */
  unmapped?: boolean;
  /** A space or line break that is not in the document: PDFium found a gap there. */
  generated: boolean;
  /** A hyphen that divides a word at a line's end. */
  hyphen: boolean;
}

/** Characters PDFium gives for a dividing hyphen, according to how the font encodes it. */
const HYPHEN_MARKS = new Set([0x02, 0xad, 0xfffe]);

/** Of a text object: its characters share all of it. */
interface Manner {
  readonly invisible: boolean;
  readonly angle: PageCharacter['angle'];
  readonly unmapped: boolean;
}

const NOWHERE: Readonly<Box> = { x0: 0, y0: 0, x1: 0, y1: 0 };

const NONE: ReadonlySet<number> = new Set();

/**
 * Reads the characters in PDFium's order: that of the content stream, right-to-left runs in logical order.
 * @param without handles of text objects that are left out
 */
export function readCharacters(pdfium: Pdfium, page: LoadedPage, without = NONE): PageCharacter[] {
  const { api } = pdfium;
  const text = api.FPDFText_LoadPage(page.handle);
  if (text === 0) return [];
  try {
    return pdfium.withMemory(32, (scratch) => {
      const characters: PageCharacter[] = [];
      const mannerAt = mannersOf(pdfium, page, text);
      const count = api.FPDFText_CountChars(text);
      for (let index = 0; index < count; index++) {
        const code = api.FPDFText_GetUnicode(text, index);
        if (code === 0 || code > 0x10ffff) continue;
        // Each call into PDFium costs as much as all else that is done for a character: what it makes up are spaces and line breaks.
        if (code <= 0x20 && api.FPDFText_IsGenerated(text, index) === 1) {
          const text = String.fromCodePoint(code);
          characters.push({ text, box: NOWHERE, angle: 0, invisible: false, generated: true, hyphen: false });
          continue;
        }
        if (without.size > 0 && without.has(api.FPDFText_GetTextObject(text, index))) continue;
        const box = charBox(pdfium, page, text, index, scratch);
        if (box === undefined) continue;
        const hyphen = HYPHEN_MARKS.has(code) || (!isLetterOrDigit(code) && api.FPDFText_IsHyphen(text, index) === 1);
        const { angle, invisible, unmapped } = mannerAt(index);
        const shown = hyphen ? '-' : String.fromCodePoint(code);
        characters.push({ text: shown, box, angle, invisible, unmapped, generated: false, hyphen });
      }
      return characters;
    });
  } finally {
    api.FPDFText_ClosePage(text);
  }
}

/** Of the Latin alphabet, where most are. */
function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
}

/** Tells how characters are written, asking once for each text object. */
function mannersOf({ api }: Pdfium, page: LoadedPage, text: number): (index: number) => Manner {
  const known = new Map<number, Manner>();
  return (index) => {
    const object = api.FPDFText_GetTextObject(text, index);
    let manner = known.get(object);
    if (manner === undefined || object === 0) {
      manner = {
        invisible: object !== 0 && api.FPDFTextObj_GetTextRenderMode(object) === RENDER_MODE_INVISIBLE,
        angle: displayAngle(api.FPDFText_GetCharAngle(text, index), page.rotation),
        unmapped: api.FPDFText_HasUnicodeMapError(text, index) === 1,
      };
      known.set(object, manner);
    }
    return manner;
  };
}

/** In hundredths of a point; undefined for a character that is not on the displayed part of the page. */
function charBox(pdfium: Pdfium, page: LoadedPage, text: number, index: number, scratch: number): Box | undefined {
  const { api } = pdfium;
  let box: Box;
  if (api.FPDFText_GetLooseCharBox(text, index, scratch) !== 0) {
    const view = pdfium.view();
    const [left, right] = [view.getFloat32(scratch, true), view.getFloat32(scratch + 8, true)];
    const [top, bottom] = [view.getFloat32(scratch + 4, true), view.getFloat32(scratch + 12, true)];
    box = page.toDisplay(Math.min(left, right), Math.min(bottom, top), Math.max(left, right), Math.max(bottom, top));
  } else if (api.FPDFText_GetCharBox(text, index, scratch, scratch + 8, scratch + 16, scratch + 24) !== 0) {
    const view = pdfium.view();
    const [left, right] = [view.getFloat64(scratch, true), view.getFloat64(scratch + 8, true)];
    const [bottom, top] = [view.getFloat64(scratch + 16, true), view.getFloat64(scratch + 24, true)];
    box = page.toDisplay(left, bottom, right, top);
  } else {
    return undefined;
  }
  if (box.x1 < 0 || box.y1 < 0 || box.x0 > page.width || box.y0 > page.height) return undefined;
  box.x0 = hundredths(Math.max(0, box.x0));
  box.y0 = hundredths(Math.max(0, box.y0));
  box.x1 = hundredths(Math.min(page.width, box.x1));
  box.y1 = hundredths(Math.min(page.height, box.y1));
  return box;
}

function hundredths(points: number): number {
  return Math.round(points * 100) / 100;
}

/** PDFium's angle is clockwise in radians before the page's own rotation; the nearest quarter turn is told. */
function displayAngle(radians: number, rotation: number): PageCharacter['angle'] {
  const turns = Math.round(((radians < 0 ? 0 : radians) * 2) / Math.PI) + rotation / 90;
  return ((turns % 4) * 90) as PageCharacter['angle'];
}
