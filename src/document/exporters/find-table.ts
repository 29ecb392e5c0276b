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
    const table = new Table(height);
    let end = start;
    for (let most = MOST_APART * height; end < lines.length; end++) {
      const apart = end === start ? 0 : (lines[end]?.box.y0 ?? 0) - (lines[end - 1]?.box.y1 ?? 0);
      if (apart < -height / 2 || apart > most || !table.take(cells[end] ?? [])) break;
      if (end > start) most = Math.min(most, Math.max(apart, 0) + height);
    }
    const rows = table.rows();
    if (rows.length >= LEAST_ROWS) tables.push({ start, rows });
    start = Math.max(end, start + 1);
  }
  return tables;
}

/** Rows that stand in columns. Whole rows tell the columns; the others must fit into them, and are fewer. */
class Table {
  private readonly lines: (readonly Cell[])[] = [];
  private columns: Column[] = [];
  private broken: (readonly Cell[])[] = [];

  constructor(private readonly height: number) {}

  /** Adds a row if with it all rows still stand in columns. @returns whether they do */
  take(cells: readonly Cell[]): boolean {
    if (cells.length < 2) return false;
    const isFirst = this.lines.length === 0;
    // A wider row than those before would be the only whole one.
    if (!isFirst && cells.length > this.columns.length) return false;
    const isWhole = isFirst || cells.length === this.columns.length;
    const broken = isWhole ? this.broken : [...this.broken, cells];
    if (broken.length * 2 >= this.lines.length + 1) return false;
    const columns = isWhole ? cells.map((cell, at) => widened(this.columns[at], cell)) : this.columns;
    if (isWhole && !columns.every((column) => this.isInLine(column))) return false;
    // Columns that are wider now need not hold what they held before.
    const isWider = columns.some((column, at) => !isSame(column, this.columns[at]));
    const doubtful = !isWhole ? [cells] : isWider ? broken : [];
    if (!doubtful.every((each) => this.placesIn(columns, each) !== null)) return false;
    this.lines.push(cells);
    [this.columns, this.broken] = [columns, broken];
    return true;
  }

  /** The texts by column, row by row. */
  rows(): string[][] {
    return this.lines.map((cells) => {
      const row = this.columns.map(() => '');
      const places = cells.length === row.length ? cells.keys() : (this.placesIn(this.columns, cells) ?? []);
      for (const [at, column] of [...places].entries()) row[column] = cells[at]?.text ?? '';
      return row;
    });
  }

  /** The column of each cell, or null when one fits into none. */
  private placesIn(columns: readonly Column[], cells: readonly Cell[]): number[] | null {
    const places: number[] = [];
    for (const cell of cells) {
      const place = columns.findIndex((column, at) => !places.includes(at) && this.isInLine(widened(column, cell)));
      if (place === -1) return null;
      places.push(place);
    }
    return places;
  }

  private isInLine(column: Column): boolean {
    return column.some(({ from, to }) => to - from <= SAME_EDGE * this.height);
  }
}

/** How far the left edges, right edges and middles of a column's cells lie apart. */
type Column = readonly { readonly from: number; readonly to: number }[];

function isSame(a: Column, b: Column | undefined): boolean {
  return a.every(({ from, to }, at) => from === b?.[at]?.from && to === b[at].to);
}

function widened(column: Column | undefined, { x0, x1 }: Cell): Column {
  return [x0, x1, (x0 + x1) / 2].map((place, at) => ({
    from: Math.min(column?.[at]?.from ?? place, place),
    to: Math.max(column?.[at]?.to ?? place, place),
  }));
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
