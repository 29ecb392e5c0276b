import type { PageLine } from '../page-result.js';

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
  // without a height nothing tells what is near
  if (!(height > 0)) return [];
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
    start += Math.max(rows.length, 1);
  }
  return tables;
}

/**
 * Rows that stand in columns. Whole rows tell the columns; the others must fit into them, and are fewer. As columns become wider they hold less of
 * what they held before: whether the other rows still fit is looked up whenever there are twice as many rows, and at the end.
 */
class Table {
  private lines: (readonly Cell[])[] = [];
  private columns: readonly Column[] = [];
  private brokenRows = 0;
  private places: ColumnPlaces | null = null;
  /** Rows that were found to stand in columns together, and the number to look at again. */
  private sound = 0;
  private lookAt = LEAST_ROWS;

  constructor(private readonly height: number) {}

  /** Adds a row if with it all rows may still stand in columns. @returns whether they do */
  take(cells: readonly Cell[]): boolean {
    if (cells.length < 2) return false;
    this.places ??= new ColumnPlaces(cells, this.height);
    const isFirst = this.lines.length === 0;
    // A wider row than those before would be the only whole one.
    if (!isFirst && cells.length > this.columns.length) return false;
    const isWhole = isFirst || cells.length === this.columns.length;
    const brokenRows = this.brokenRows + (isWhole ? 0 : 1);
    if (brokenRows * 2 >= this.lines.length + 1) return false;
    const columns = isWhole ? cells.map((cell, at) => widened(this.columns[at], cell)) : this.columns;
    const fits = isWhole ? columns.every((column) => isInLine(column, this.height)) : this.places.of(cells, columns) !== null;
    if (!fits) return false;
    this.lines.push(cells);
    [this.columns, this.brokenRows] = [columns, brokenRows];
    if (this.lines.length < this.lookAt) return true;
    this.lookAt *= 2;
    return this.keepSound();
  }

  /** The texts by column, row by row. */
  rows(): string[][] {
    this.keepSound();
    return this.lines.map((cells) => {
      const row = this.columns.map(() => '');
      const places = cells.length === row.length ? cells.keys() : (this.places?.of(cells, this.columns) ?? []);
      for (const [at, column] of [...places].entries()) row[column] = cells[at]?.text ?? '';
      return row;
    });
  }

  /** Lets go of the rows from the first on with which not all stand in columns. @returns whether there were none */
  private keepSound(): boolean {
    const all = this.lines.length;
    if (this.isSound(all, this.columns)) {
      this.sound = all;
      return true;
    }
    let [most, tooMany] = [this.sound, all];
    while (tooMany - most > 1) {
      const middle = (most + tooMany) >> 1;
      if (this.isSound(middle, this.columnsOf(middle))) most = middle;
      else tooMany = middle;
    }
    this.columns = this.columnsOf(most);
    this.lines = this.lines.slice(0, most);
    this.sound = most;
    return false;
  }

  private isSound(rows: number, columns: readonly Column[]): boolean {
    for (let i = 0; i < rows; i++) {
      const cells = this.lines[i] ?? [];
      if (cells.length !== columns.length && this.places?.of(cells, columns) === null) return false;
    }
    return true;
  }

  /** The columns that the first of the rows tell. */
  private columnsOf(rows: number): Column[] {
    let columns: Column[] = [];
    for (const cells of this.lines.slice(0, rows))
      if (columns.length === 0 || cells.length === columns.length) columns = cells.map((cell, at) => widened(columns[at], cell));
    return columns;
  }
}

/** Tells cells their columns. Cells of a row stand apart, so that of the columns few are near any place: those are looked up by the first row's. */
class ColumnPlaces {
  /** For each edge and the middle: numbers of columns by place, in heights of a line. */
  private readonly near: ReadonlyMap<number, number[]>[];

  constructor(
    first: readonly Cell[],
    private readonly height: number,
  ) {
    this.near = [0, 1, 2].map(() => new Map<number, number[]>());
    for (const [column, cell] of first.entries())
      for (const [at, place] of anchorsOf(cell).entries()) {
        const slot = Math.floor(place / height);
        const there = (this.near[at] as Map<number, number[]>).get(slot);
        if (there) there.push(column);
        else (this.near[at] as Map<number, number[]>).set(slot, [column]);
      }
  }

  /** The column of each cell, the first that is free and has it in line; null when one fits into none. */
  of(cells: readonly Cell[], columns: readonly Column[]): number[] | null {
    const places = new Set<number>();
    for (const cell of cells) {
      const fitting = this.columnsNear(cell).filter((at) => !places.has(at) && isInLine(widened(columns[at], cell), this.height));
      if (fitting.length === 0) return null;
      places.add(Math.min(...fitting));
    }
    return [...places];
  }

  private columnsNear(cell: Cell): number[] {
    return anchorsOf(cell).flatMap((place, at) => {
      const slot = Math.floor(place / this.height);
      // a column in line with the cell has its first row's within SAME_EDGE of it
      return [slot - SAME_EDGE, slot, slot + SAME_EDGE].flatMap((each) => this.near[at]?.get(each) ?? []);
    });
  }
}

function isInLine(column: Column, height: number): boolean {
  return column.some(({ from, to }) => to - from <= SAME_EDGE * height);
}

/** How far the left edges, right edges and middles of a column's cells lie apart. */
type Column = readonly { readonly from: number; readonly to: number }[];

function widened(column: Column | undefined, cell: Cell): Column {
  return anchorsOf(cell).map((place, at) => ({
    from: Math.min(column?.[at]?.from ?? place, place),
    to: Math.max(column?.[at]?.to ?? place, place),
  }));
}

function anchorsOf({ x0, x1 }: Cell): number[] {
  return [x0, x1, (x0 + x1) / 2];
}

/** Each cell begins a gap behind the end of what stands before it. */
function cellsOf({ words, angle }: PageLine, gap: number): Cell[] {
  if ((angle ?? 0) !== 0) return [];
  const cells: Cell[] = [];
  for (const { text, box } of words) {
    const cell = cells.at(-1);
    if (cell && box.x0 - cell.x1 < gap) {
      cell.text += ` ${text}`;
      cell.x1 = Math.max(cell.x1, box.x1);
    } else cells.push({ text, x0: box.x0, x1: Math.max(box.x0, box.x1) });
  }
  return cells;
}
