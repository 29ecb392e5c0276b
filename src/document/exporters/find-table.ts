import type { PageLine, PageWord } from '../page-result.js';

/** A gap this many times the line's height parts two cells; between words it is a quarter of it. */
const CELL_GAP = 1.3;
/** Edges that differ by less than this many line heights are in one column. */
const SAME_EDGE = 1;
/** Rows of a table stand no further apart than this many line heights, nor by more than one than the rows above them. */
const MOST_APART = 3;
const LEAST_ROWS = 2;

interface Cell {
  text: string;
  x0: number;
  x1: number;
}

/** A table within a sequence of lines. */
export interface FoundTable {
  /** Index of the line that is its first row. */
  start: number;
  /** Cells from left to right, as many in each row; one that is not filled is empty. */
  rows: string[][];
}

/**
 * Finds the tables among a page's lines, whatever paragraphs they were put into. A table is two rows or more that follow each other, of two cells
 * at least, whose left or right edges or middles are in line. A row may leave cells empty, as long as most rows do not.
 * @param isItem whether a line begins with the mark of a list: mark and text are no two cells
 */
export function findTables(lines: readonly PageLine[], isItem: (line: PageLine) => boolean): FoundTable[] {
  const heights = lines.map(({ box }) => box.y1 - box.y0).sort((a, b) => a - b);
  const height = heights[heights.length >> 1] ?? 0;
  const cells = lines.map((line) => {
    const found = cellsOf(line, CELL_GAP * height);
    return found.length === 2 && isItem(line) ? [] : found;
  });
  const tables: FoundTable[] = [];
  for (let start = 0; start < lines.length;) {
    let end = start + 1;
    for (let most = MOST_APART * height; end < lines.length; end++) {
      const apart = (lines[end]?.box.y0 ?? 0) - (lines[end - 1]?.box.y1 ?? 0);
      if (apart < -height / 2 || apart > most || !rowsOf(cells.slice(start, end + 1), height)) break;
      most = Math.min(most, Math.max(apart, 0) + height);
    }
    const rows = rowsOf(cells.slice(start, end), height);
    if (rows && rows.length >= LEAST_ROWS) tables.push({ start, rows });
    start = rows ? end : start + 1;
  }
  return tables;
}

/** The lines' cells by column, or null when they do not stand in columns. */
function rowsOf(lines: readonly Cell[][], height: number): string[][] | null {
  const full = lines.reduce((most, cells) => (cells.length > most.length ? cells : most), []);
  if (lines.some((cells) => cells.length < 2) || lines.filter((cells) => cells.length === full.length).length * 2 <= lines.length)
    return null;
  // whole rows tell the columns; the others must fit into them
  const whole = lines.filter((cells) => cells.length === full.length);
  const columns = full.map((_, column) => whole.map((cells) => cells[column]).filter((cell) => cell !== undefined));
  if (!columns.every((cells) => isInLine(cells, height))) return null;
  const rows: string[][] = [];
  for (const cells of lines) {
    const row = full.map(() => '');
    for (const cell of cells) {
      const column = columns.findIndex((others, i) => row[i] === '' && isInLine([...others, cell], height));
      if (column === -1) return null;
      row[column] = cell.text;
    }
    rows.push(row);
  }
  return rows;
}

function isInLine(cells: readonly Cell[], height: number): boolean {
  const edges = [cells.map(({ x0 }) => x0), cells.map(({ x1 }) => x1), cells.map(({ x0, x1 }) => (x0 + x1) / 2)];
  return edges.some((places) => Math.max(...places) - Math.min(...places) <= SAME_EDGE * height);
}

function cellsOf({ words, angle }: PageLine, gap: number): Cell[] {
  if ((angle ?? 0) !== 0) return [];
  const cells: Cell[] = [];
  let before: PageWord | undefined;
  for (const word of words) {
    const cell = cells.at(-1);
    if (cell && before && word.box.x0 - before.box.x1 < gap) {
      cell.text += ` ${word.text}`;
      cell.x1 = word.box.x1;
    } else cells.push({ text: word.text, x0: word.box.x0, x1: word.box.x1 });
    before = word;
  }
  return cells;
}
