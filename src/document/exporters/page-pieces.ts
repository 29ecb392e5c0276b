import type { PageLine, PageResult } from '../page-result.js';
import { findTables } from './find-table.js';
import { itemNumber, listMarks } from './list-marks.js';

/** A line is full when it is this part of the widest one as wide. */
const FULL = 0.9;

/** What a page's text is made of, in reading order. */
export type PagePiece =
  { kind: 'paragraph'; lines: PageLine[] } | { kind: 'list'; items: PageLine[][] } | { kind: 'table'; rows: string[][] };

/**
 * The page's paragraphs, with the tables and lists in them told apart. What engines hold for one paragraph or several may be one table or one
 * list; a paragraph that breaks off within a sentence goes on with the next.
 */
export function pagePieces(page: PageResult): PagePiece[] {
  const paragraphs = page.blocks.flatMap((block) => block.paragraphs).map(({ lines }) => lines.filter(hasWords));
  const lines = paragraphs.flat();
  const isMarked = listMarks(lines);
  const tables = new Map(findTables(lines, isMarked).map((table) => [lines[table.start], table.rows]));
  const pieces: PagePiece[] = [];
  let rowsLeft = 0;
  /** Of the lines that the next one may go on from. */
  let widest = 0;
  for (const paragraph of paragraphs) {
    let goesOn = false;
    for (const line of paragraph) {
      const rows = tables.get(line);
      if (rows) {
        pieces.push({ kind: 'table', rows });
        rowsLeft = rows.length;
      }
      if (rowsLeft-- > 0) {
        goesOn = false;
        continue;
      }
      const last = pieces.at(-1);
      const before = last?.kind === 'list' ? last.items.at(-1) : last?.kind === 'paragraph' ? last.lines : undefined;
      const isStart = startsItem(line, isMarked, goesOn);
      const isMore = !isStart && before !== undefined && (goesOn || continues(before.at(-1), line, widest));
      widest = isMore ? Math.max(widest, widthOf(line)) : widthOf(line);
      if (isStart) {
        if (last?.kind === 'list' && isNumbered(last.items[0]) === isNumbered([line])) last.items.push([line]);
        else pieces.push({ kind: 'list', items: [[line]] });
      } else if (isMore) before.push(line);
      else pieces.push({ kind: 'paragraph', lines: [line] });
      goesOn = true;
    }
  }
  return pieces;
}

function hasWords({ words }: PageLine): boolean {
  return words.length > 0;
}

/** Within a paragraph a number or a dash at a line's start is there by chance, more often than not. */
function startsItem(line: PageLine, isMarked: (line: PageLine) => boolean, isWithinParagraph: boolean): boolean {
  if (!isMarked(line)) return false;
  return !isWithinParagraph || !/^[–—-]$/.test(line.words[0]?.text ?? '');
}

function isNumbered(item: readonly PageLine[] | undefined): boolean {
  return item?.[0] !== undefined && itemNumber(item[0]) !== null;
}

/** True when a sentence goes on from the last line of a paragraph, a full one beside its widest, to the first line of the next. */
function continues(last: PageLine | undefined, next: PageLine, widest: number): boolean {
  if (!last || widthOf(last) < FULL * Math.max(widest, widthOf(next))) return false;
  const [before, after] = [last.words.at(-1)?.text ?? '', next.words[0]?.text ?? ''];
  return /[\p{L},\-\u2010]$/u.test(before) && /^\p{Ll}/u.test(after);
}

function widthOf({ box }: PageLine): number {
  return box.x1 - box.x0;
}
