import { FLATTENED, WRITTEN_ANNOTATIONS } from './exports.js';
import { toFrame, type Frame } from './line-frame.js';
import type { OpenDocument } from './open-documents.js';
import type { PageCharacter } from './page-characters.js';
import { withPage, type LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** How FPDFPage_Flatten takes annotations: as they are displayed. */
const AS_DISPLAYED = 0;

/** Whether there are annotations on the page that may show text: filled fields, notes, stamps. */
export function hasWrittenAnnotations({ api }: Pdfium, page: LoadedPage): boolean {
  const count = api.FPDFPage_GetAnnotCount(page.handle);
  for (let i = 0; i < count; i++) {
    const annotation = api.FPDFPage_GetAnnot(page.handle, i);
    if (annotation === 0) continue;
    const subtype = api.FPDFAnnot_GetSubtype(annotation);
    api.FPDFPage_CloseAnnot(annotation);
    if (WRITTEN_ANNOTATIONS.includes(subtype)) return true;
  }
  return false;
}

/**
 * The page's characters with those its annotations show, each line of which follows what stands before it on its line. The page is another
 * one afterwards, as long as the document is open: it must be opened anew before it is used again.
 * @param read gives the characters of a page, with or without those of its annotations
 */
export function readWithAnnotations(
  pdfium: Pdfium,
  document: OpenDocument,
  number: number,
  read: (page: LoadedPage) => PageCharacter[],
): PageCharacter[] {
  const { characters, flattened } = withPage(pdfium, document, number, (page) => ({
    characters: read(page),
    flattened: pdfium.api.FPDFPage_Flatten(page.handle, AS_DISPLAYED) === FLATTENED,
  }));
  if (!flattened) return characters;
  const all = withPage(pdfium, document, number, read);
  // What annotations show comes after all else on the page.
  return withLines(characters, all.slice(characters.length));
}

/** A character of the page, in the frame of its line. */
type Standing = Pick<PageCharacter, 'angle' | 'generated'> & { frame: Frame };

function withLines(characters: readonly PageCharacter[], added: readonly PageCharacter[]): PageCharacter[] {
  /** Lines to come behind a character, by its index; -1: at the end. */
  const behind = new Map<number, PageCharacter[][]>();
  const standing = characters.map(({ box, angle, generated }) => ({ frame: toFrame(box, angle), angle, generated }));
  for (const line of linesOf(added)) {
    const place = placeOf(line, standing);
    const there = behind.get(place);
    if (there === undefined) behind.set(place, [line]);
    else there.push(line);
  }
  const apart = (text: string, line: PageCharacter[]) => [generated(text), ...line, generated(text)];
  const placed = characters.flatMap((character, i) => [character, ...(behind.get(i) ?? []).flatMap((line) => apart(' ', line))]);
  return [...placed, ...(behind.get(-1) ?? []).flatMap((line) => apart('\n', line))];
}

function linesOf(characters: readonly PageCharacter[]): PageCharacter[][] {
  const lines: PageCharacter[][] = [[]];
  /** The last character of the line that is in the document. */
  let previous: PageCharacter | undefined;
  let isGap = false;
  for (const character of characters) {
    const isBreak = character.generated && /[\r\n]/.test(character.text);
    if (isBreak || (previous && !character.generated && areApart(previous, character, isGap))) {
      lines.push([]);
      previous = undefined;
    }
    if (!isBreak) lines.at(-1)!.push(character);
    isGap = character.generated;
    if (!isGap) previous = character;
  }
  return lines.filter((line) => line.some(({ generated }) => !generated));
}

/** Index of the character a line stands behind, nearest to it of those that stand before it at its height; -1 when there is none. */
function placeOf(line: readonly PageCharacter[], characters: readonly Standing[]): number {
  const { box: start, angle } = line.find(({ generated }) => !generated)!;
  const first = toFrame(start, angle);
  let place = -1;
  let nearest = -Infinity;
  for (const [i, character] of characters.entries()) {
    if (character.generated || character.angle !== angle) continue;
    const { frame } = character;
    if (frame.u1 > first.u0 || frame.u1 < nearest || !areLevel(frame, first)) continue;
    [place, nearest] = [i, frame.u1];
  }
  return place;
}

/**
 * Whether they are of different lines, or of different fields side by side. Within a field the next character may stand well before the other,
 * where the writing changes its direction; PDFium finds no gap there.
 */
function areApart(one: PageCharacter, next: PageCharacter, isGap: boolean): boolean {
  if (one.angle !== next.angle) return true;
  const [a, b] = [toFrame(one.box, one.angle), toFrame(next.box, next.angle)];
  const gap = isGap ? Math.max(b.u0 - a.u1, a.u0 - b.u1) : b.u0 - a.u1;
  return !areLevel(a, b) || gap > a.v1 - a.v0;
}

/** Whether the middle of each lies at the height of the other. */
function areLevel(a: Frame, b: Frame): boolean {
  const [middleA, middleB] = [(a.v0 + a.v1) / 2, (b.v0 + b.v1) / 2];
  return middleA > b.v0 && middleA < b.v1 && middleB > a.v0 && middleB < a.v1;
}

function generated(text: string): PageCharacter {
  return { text, box: { x0: 0, y0: 0, x1: 0, y1: 0 }, angle: 0, invisible: false, generated: true, hyphen: false };
}
