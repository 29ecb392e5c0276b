import type { GrayImage } from './document.types.js';
import { findComponents } from './preparation/components.js';
import { INK_CONTRAST, type InkCells } from './ink-cells.js';

/** Share of ink that makes a cell solid: a scanner's black border, not writing. */
const SOLID_SHARE = 0.85;
/** Solid cells an area has at least to hold writing. */
const LEAST_CELLS = 12;
/** Inches between which letters within a dark area are high; dust on a border is smaller. */
const LEAST_LETTER = 0.04;
const MOST_LETTER = 1;
/** Pieces shaped like letters that make an area one of writing. */
const SOME_LETTERS = 2;

/**
 * Marks the solid cells that hang together with the image's edge, and their neighbours, where the border's own edge runs. An area within which
 * something stands that is shaped like letters is none of the border: a band that runs to the page's edge, say, with its light title. The outermost
 * cells may be cut off by the image's edge, so with `cutOff` they count as solid with less.
 */
export function findBorder(image: GrayImage, cells: InkCells, cutOff = true): Uint8Array {
  const { columns, rows, ink, size } = cells;
  const solid = SOLID_SHARE * size * size;
  const border = new Uint8Array(columns * rows);
  const reached = new Uint8Array(columns * rows);
  const isCutOff = (x: number, y: number) => cutOff && (x === columns - 1 || y === rows - 1);
  const isSolid = (x: number, y: number) => ink[y * columns + x] >= (isCutOff(x, y) ? 1 : solid);

  const areaFrom = (start: number): number[] => {
    const area = [start];
    reached[start] = 1;
    for (const at of area) {
      for (const next of around(at, cells)) {
        if (reached[next] || !isSolid(next % columns, Math.floor(next / columns))) continue;
        reached[next] = 1;
        area.push(next);
      }
    }
    return area;
  };
  const mark = (start: number): void => {
    if (reached[start] || !isSolid(start % columns, Math.floor(start / columns))) return;
    const area = areaFrom(start);
    const marked = new Set(area.flatMap((at) => around(at, cells)));
    if (area.length < LEAST_CELLS || !holdsLetters(image, cells, area, marked)) for (const at of marked) border[at] = 1;
  };
  for (let x = 0; x < columns; x++) {
    mark(x);
    mark((rows - 1) * columns + x);
  }
  for (let y = 0; y < rows; y++) {
    mark(y * columns);
    mark(y * columns + columns - 1);
  }
  return border;
}

/** The cell and its neighbours. */
function around(at: number, { columns, rows }: InkCells): number[] {
  const [x, y] = [at % columns, Math.floor(at / columns)];
  const found: number[] = [];
  for (let row = Math.max(0, y - 1); row <= Math.min(rows - 1, y + 1); row++)
    for (let column = Math.max(0, x - 1); column <= Math.min(columns - 1, x + 1); column++) found.push(row * columns + column);
  return found;
}

/**
 * Whether pieces shaped like letters, of another tone, lie within an area. What lies outside of `marked`, and what hangs together with it, is no such
 * piece.
 */
function holdsLetters(
  image: GrayImage,
  { columns, size }: InkCells,
  area: readonly number[],
  marked: ReadonlySet<number>,
): boolean {
  const { width, height, data, dpi } = image;
  const tone = toneOf(image, columns, size, area);
  const [first, last] = rowsOf(marked, columns);
  const top = first * size;
  const other = { width, height: Math.min(height, (last + 1) * size) - top, dpi, data: new Uint8Array(0) };
  other.data = new Uint8Array(other.width * other.height);
  for (const at of marked) {
    const [x0, y0] = [(at % columns) * size, Math.floor(at / columns) * size];
    for (let y = y0; y < Math.min(height, y0 + size); y++) {
      const row = y * width;
      for (let x = x0; x < Math.min(width, x0 + size); x++)
        if (Math.abs(data[row + x] - tone) <= INK_CONTRAST) other.data[row - top * width + x] = 255;
    }
  }
  const { count, x0, y0, x1, y1, area: filled } = findComponents(other, 128);
  let letters = 0;
  for (let i = 0; i < count && letters < SOME_LETTERS; i++) {
    const [across, down] = [x1[i] - x0[i], y1[i] - y0[i]];
    const isHigh = down >= LEAST_LETTER * dpi && down <= MOST_LETTER * dpi;
    if (isHigh && across <= 4 * down && across >= 0.12 * down && filled[i] >= 0.12 * across * down) letters++;
  }
  return letters >= SOME_LETTERS;
}

/** The most frequent tone of the cells' pixels, to a few gray levels. */
function toneOf({ width, height, data }: GrayImage, columns: number, size: number, area: readonly number[]): number {
  const tones = new Uint32Array(32);
  for (const at of area) {
    const [x0, y0] = [(at % columns) * size, Math.floor(at / columns) * size];
    for (let y = y0; y < Math.min(height, y0 + size); y += 2)
      for (let x = x0; x < Math.min(width, x0 + size); x += 2) tones[data[y * width + x] >> 3]++;
  }
  return tones.indexOf(Math.max(...tones)) * 8 + 4;
}

function rowsOf(cells: ReadonlySet<number>, columns: number): [first: number, last: number] {
  let [first, last] = [Infinity, 0];
  for (const at of cells) {
    const row = Math.floor(at / columns);
    first = Math.min(first, row);
    last = Math.max(last, row);
  }
  return [first, last];
}
