import type { Box } from '../page-result.js';
import { FLATTENED, WRITTEN_ANNOTATIONS } from './exports.js';
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

function withLines(characters: readonly PageCharacter[], added: readonly PageCharacter[]): PageCharacter[] {
  /** Lines to come behind a character, by its index; -1: at the end. */
  const behind = new Map<number, PageCharacter[][]>();
  for (const line of linesOf(added)) {
    const place = placeOf(line, characters);
    behind.set(place, [...(behind.get(place) ?? []), line]);
  }
  const apart = (text: string, line: PageCharacter[]) => [generated(text), ...line, generated(text)];
  const placed = characters.flatMap((character, i) => [character, ...(behind.get(i) ?? []).flatMap((line) => apart(' ', line))]);
  return [...placed, ...(behind.get(-1) ?? []).flatMap((line) => apart('\n', line))];
}

function linesOf(characters: readonly PageCharacter[]): PageCharacter[][] {
  const lines: PageCharacter[][] = [[]];
  for (const character of characters) {
    const last = lines.at(-1)!;
    const previous = last.findLast(({ generated }) => !generated);
    const isBreak = character.generated && /[\r\n]/.test(character.text);
    if (isBreak || (previous && !character.generated && areApart(previous.box, character.box))) lines.push([]);
    if (!isBreak) lines.at(-1)!.push(character);
  }
  return lines.filter((line) => line.some(({ generated }) => !generated));
}

/** Index of the character a line stands behind, nearest to it of those that stand before it at its height; -1 when there is none. */
function placeOf(line: readonly PageCharacter[], characters: readonly PageCharacter[]): number {
  const first = line.find(({ generated }) => !generated)!;
  let place = -1;
  for (const [i, { generated, box, angle }] of characters.entries()) {
    if (generated || angle !== 0 || first.angle !== 0 || box.x1 > first.box.x0 || !areLevel(box, first.box)) continue;
    if (place < 0 || box.x1 >= characters[place]!.box.x1) place = i;
  }
  return place;
}

/** Whether they are of different lines, or of different fields side by side. */
function areApart(a: Box, b: Box): boolean {
  return !areLevel(a, b) || b.x0 - a.x1 > a.y1 - a.y0;
}

/** Whether the middle of each lies at the height of the other. */
function areLevel(a: Box, b: Box): boolean {
  const [middleA, middleB] = [(a.y0 + a.y1) / 2, (b.y0 + b.y1) / 2];
  return middleA > b.y0 && middleA < b.y1 && middleB > a.y0 && middleB < a.y1;
}

function generated(text: string): PageCharacter {
  return { text, box: { x0: 0, y0: 0, x1: 0, y1: 0 }, angle: 0, invisible: false, generated: true, hyphen: false };
}
