import type { Box } from '../page-result.js';
import type { PageCharacter } from './page-characters.js';

/**
 * Signs of the scripts that are written in columns, with their punctuation. Not the wide figures and letters; of the Katakana block also the
 * marks that count as no script's.
 */
const SIGN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3001-\u303F\u30A0-\u30FF\uFE10-\uFE4F\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]/u;
/** Below it there is none of them. */
const FIRST_SIGN = 0x1100;
/** Signs below one another that are a column for certain; fewer may be cells of a table. */
const COLUMN = 4;
/** How far, in widths of the column, one of its signs may stand below the one before. Cells of a table stand further apart. */
const PITCH = 1.3;
/** How wide, in widths of a sign, what is set across in its column may be: two figures, say. */
const ACROSS = 1.2;
/** Of how many columns before, one must be the neighbour of the next. */
const NEAREST = 50;
/** How far apart, in widths of a column, columns of one text may be. */
const BESIDE = 2;

/** What stands side by side: of a column, a sign as a rule. */
interface Cell {
  /** Places of its characters. */
  readonly at: number[];
  readonly box: Box;
  readonly upright: boolean;
  /** How many signs it has. */
  readonly signs: number;
  /** It is one sign and nothing else. */
  readonly single: boolean;
}

interface Column {
  readonly cells: readonly Cell[];
  readonly box: Box;
  readonly signs: number;
}

const BREAK: PageCharacter = {
  text: '\n',
  box: { x0: 0, y0: 0, x1: 0, y1: 0 },
  angle: 0,
  invisible: false,
  generated: true,
  hyphen: false,
};

/**
 * Takes East Asian signs that stand upright below one another for what they are, a line that runs down: they get the angle 90, as lines
 * have whose letters are turned that way, with a line break between the lines instead of those PDFium made between the signs. Columns
 * that follow one another go from right to left: PDFium may give them the other way round. Fonts for vertical writing and single signs put
 * in columns look the same here. All other characters stay as they are.
 */
export function joinColumns(characters: readonly PageCharacter[]): readonly PageCharacter[] {
  if (!characters.some(isSign)) return characters;
  const columns = findColumns(characters);
  if (columns.length === 0) return characters;
  const joined: PageCharacter[] = [];
  let done = 0;
  for (const group of groupsOf(columns, characters)) {
    for (const first = placesOf(group[0]!)[0]!; done < first; done++) joined.push(characters[done]!);
    done = placesOf(group.at(-1)!).at(-1)! + 1;
    for (const column of inOrder(group)) {
      for (const at of placesOf(column)) joined.push({ ...characters[at]!, angle: 90 });
      joined.push(BREAK);
    }
    // Letters that lie in the column go on in its line.
    if (nextSeen(characters, done)?.angle === 90) joined.pop();
  }
  for (; done < characters.length; done++) joined.push(characters[done]!);
  return joined;
}

/** The columns in the characters' order. Where most signs stand in columns, short ones are some, too. */
function findColumns(characters: readonly PageCharacter[]): Column[] {
  const columns: Column[] = [];
  let signs = 0;
  let cells: Cell[] = [];
  let width = 0;
  const end = () => {
    const column = columnOf(cells);
    if (column !== null) columns.push(column);
    cells = [];
    width = 0;
  };
  for (const cell of cellsOf(characters)) {
    signs += cell.signs;
    if (!goesOn(cells.at(-1), cell, width)) end();
    cells.push(cell);
    width = Math.max(width, widthOf(cell.box));
  }
  end();
  const long = columns.filter((column) => column.signs >= COLUMN);
  return long.reduce((sum, column) => sum + column.signs, 0) * 2 > signs ? columns : long;
}

/** The page's characters by what stands side by side. */
function* cellsOf(characters: readonly PageCharacter[]): Generator<Cell> {
  let cell: Cell | undefined;
  let broken = false;
  for (const [at, character] of characters.entries()) {
    if (!isSeen(character)) {
      broken ||= character.text === '\n';
      continue;
    }
    const last = cell === undefined || broken ? undefined : characters[cell.at.at(-1)!];
    broken = false;
    if (cell === undefined || last === undefined || !isBeside(last, character)) {
      if (cell !== undefined) yield cell;
      const sign = isSign(character);
      cell = { at: [at], box: character.box, upright: character.angle === 0, signs: sign ? 1 : 0, single: sign };
    } else if (sameBox(last.box, character.box)) {
      // A mark of the character before, or which form of it is meant.
      cell.at.push(at);
    } else {
      cell.at.push(at);
      cell = { ...cell, box: around([cell.box, character.box]), signs: cell.signs + (isSign(character) ? 1 : 0), single: false };
    }
  }
  if (cell !== undefined) yield cell;
}

function isSeen({ generated, text }: PageCharacter): boolean {
  return !generated && text.trim() !== '';
}

function isSign({ text, angle }: PageCharacter): boolean {
  return angle === 0 && text.charCodeAt(0) >= FIRST_SIGN && SIGN.test(text);
}

/** Whether a character follows another on its line, as far away as that one is wide at most, or stands in its very place. */
function isBeside({ box: last, angle }: PageCharacter, next: PageCharacter): boolean {
  const { box } = next;
  if (angle !== 0 || next.angle !== 0) return false;
  if (sameBox(last, box)) return true;
  const middle = (box.y0 + box.y1) / 2;
  return middle > last.y0 && middle < last.y1 && box.x0 > last.x0 && box.x0 - last.x1 < widthOf(last);
}

/** Whether a cell stands below the last one of a column of a `width`, near enough and no wider. */
function goesOn(last: Cell | undefined, next: Cell, width: number): boolean {
  if (last === undefined || !last.upright || !next.upright) return false;
  const sign = next.single ? next : last;
  const wider = Math.max(widthOf(last.box), widthOf(next.box));
  if (sign.single && wider > ACROSS * widthOf(sign.box)) return false;
  const shared = Math.min(last.box.x1, next.box.x1) - Math.max(last.box.x0, next.box.x0);
  const steps = (next.box.y0 - last.box.y0) / Math.max(width, widthOf(next.box));
  return shared > 0.5 * Math.min(widthOf(last.box), widthOf(next.box)) && steps > 0.5 && steps <= PITCH;
}

/** The column that cells below one another are; null when they are none: mostly other than single signs. */
function columnOf(cells: readonly Cell[]): Column | null {
  const signs = cells.filter(({ single }) => single).length;
  return signs * 2 > cells.length ? { cells, signs, box: around(cells.map(({ box }) => box)) } : null;
}

/** Columns with nothing between them, each beside another of its group. */
function groupsOf(columns: readonly Column[], characters: readonly PageCharacter[]): Column[][] {
  const groups: Column[][] = [];
  for (const column of columns) {
    const group = groups.at(-1);
    const after = group === undefined ? 0 : placesOf(group.at(-1)!).at(-1)! + 1;
    const follows = nextSeen(characters, after) === characters[placesOf(column)[0]!];
    if (follows && group?.slice(-NEAREST).some((other) => standsBeside(other, column))) group.push(column);
    else groups.push([column]);
  }
  return groups;
}

function nextSeen(characters: readonly PageCharacter[], from: number): PageCharacter | undefined {
  for (let at = from; at < characters.length; at++) if (isSeen(characters[at]!)) return characters[at];
  return undefined;
}

function standsBeside({ box: a }: Column, { box: b }: Column): boolean {
  const gap = Math.max(a.x0 - b.x1, b.x0 - a.x1);
  return gap <= BESIDE * Math.max(widthOf(a), widthOf(b)) && Math.min(a.y1, b.y1) > Math.max(a.y0, b.y0);
}

/** From right to left, and what stands in one column from top to bottom. */
function inOrder(group: readonly Column[]): Column[] {
  const isOne = ({ box: a }: Column, { box: b }: Column) => Math.abs(a.x0 - b.x0) < 0.5 * Math.max(widthOf(a), widthOf(b));
  return [...group].sort((a, b) => (isOne(a, b) ? a.box.y0 - b.box.y0 : b.box.x0 - a.box.x0));
}

function placesOf({ cells }: Column): number[] {
  return cells.flatMap(({ at }) => at);
}

function widthOf({ x0, x1 }: Box): number {
  return x1 - x0;
}

function sameBox(a: Box, b: Box): boolean {
  return a.x0 === b.x0 && a.y0 === b.y0 && a.x1 === b.x1;
}

function around(boxes: readonly Box[]): Box {
  const all = { ...boxes[0]! };
  for (const { x0, y0, x1, y1 } of boxes) {
    all.x0 = Math.min(all.x0, x0);
    all.y0 = Math.min(all.y0, y0);
    all.x1 = Math.max(all.x1, x1);
    all.y1 = Math.max(all.y1, y1);
  }
  return all;
}
