import type { PageLine, PageWord } from '../page-result.js';

/** A gap this many times the line's height parts two cells; between words it is a quarter of it. */
const CELL_GAP = 1.3;
/** Edges that differ by less than this many line heights are in one column. */
const SAME_EDGE = 1;
const LEAST_ROWS = 2;

interface Cell {
  text: string;
  x0: number;
  x1: number;
}

/**
 * The lines as rows of cells, or null when they are no table: every line must part into the same number of cells, two at least, whose left
 * or right edges or middles are in line.
 */
export function findTable(lines: readonly PageLine[]): string[][] | null {
  if (lines.length < LEAST_ROWS || lines.some((line) => (line.angle ?? 0) !== 0)) return null;
  const heights = lines.map(({ box }) => box.y1 - box.y0).sort((a, b) => a - b);
  const height = heights[heights.length >> 1] ?? 0;
  const rows = lines.map((line) => cellsOf(line, CELL_GAP * height));
  const columns = rows[0]?.length ?? 0;
  if (columns < 2 || rows.some((row) => row.length !== columns)) return null;
  for (let column = 0; column < columns; column++) {
    const cells = rows.map((row) => row[column]).filter((cell) => cell !== undefined);
    const edges = [cells.map(({ x0 }) => x0), cells.map(({ x1 }) => x1), cells.map(({ x0, x1 }) => (x0 + x1) / 2)];
    if (!edges.some((places) => Math.max(...places) - Math.min(...places) <= SAME_EDGE * height)) return null;
  }
  return rows.map((row) => row.map(({ text }) => text));
}

function cellsOf({ words }: PageLine, gap: number): Cell[] {
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
