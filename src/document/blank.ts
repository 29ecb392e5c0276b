import type { GrayImage } from './document.types.js';
import { histogramOf, paperTone } from './preparation/tones.js';

/** Cells an inch is cut into (about 1 mm each). Windows of 2 x 2 cells are looked at. */
const CELLS_PER_INCH = 25;
/** Gray levels a pixel differs from the paper to count as ink; paper texture, shadows and bleed-through differ less. */
const INK_CONTRAST = 48;
/** Share of ink that makes a window written on. Dust is smaller; one digit of 8-point print is more. */
const WRITTEN_SHARE = 0.08;
/** Share of ink that makes a cell solid: a scanner's black border, not writing. */
const SOLID_SHARE = 0.85;
/** Outermost share of the page that is not looked at: edges of the sheet and of the scanner's glass. */
const MARGIN_SHARE = 0.015;

/**
 * True when there is nothing to read on the page. Paper of any tone, scanner noise, dust and dark borders count as
 * nothing; one short line, or a page number alone, is something. In doubt a page is not blank: that costs a recognition,
 * the other mistake would cost text.
 */
export function isBlank(image: GrayImage): boolean {
  const size = cellSize(image);
  const cells = countInk(image, size, paperTone(histogramOf(image)));
  const border = findBorder(cells, size);
  const marginX = Math.ceil((image.width * MARGIN_SHARE) / size);
  const marginY = Math.ceil((image.height * MARGIN_SHARE) / size);
  const written = WRITTEN_SHARE * 4 * size * size;

  const { columns, rows, ink } = cells;
  for (let y = marginY; y + 1 < rows - marginY; y++) {
    for (let x = marginX; x + 1 < columns - marginX; x++) {
      const at = y * columns + x;
      const around = ink[at] + ink[at + 1] + ink[at + columns] + ink[at + columns + 1];
      if (around < written) continue;
      if (!border[at] && !border[at + 1] && !border[at + columns] && !border[at + columns + 1]) return false;
    }
  }
  return true;
}

/** The cells (`size` pixels square, row by row) that belong to dark edges around the sheet. */
export function borderCells(image: GrayImage): { columns: number; size: number; border: Uint8Array } {
  const size = cellSize(image);
  const cells = countInk(image, size, paperTone(histogramOf(image)));
  return { columns: cells.columns, size, border: findBorder(cells, size, false) };
}

function cellSize(image: GrayImage): number {
  return Math.max(2, Math.round(image.dpi / CELLS_PER_INCH));
}

interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** Pixels of ink in each cell. */
  readonly ink: Uint16Array;
}

/** Light writing on dark paper is ink too. */
function countInk({ width, height, data }: GrayImage, size: number, paper: number): Cells {
  const columns = Math.ceil(width / size);
  const rows = Math.ceil(height / size);
  const ink = new Uint16Array(columns * rows);
  const darkest = paper - INK_CONTRAST;
  const lightest = paper + INK_CONTRAST;
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / size) * columns;
    const line = y * width;
    for (let x = 0; x < width; x++) {
      const value = data[line + x];
      if (value < darkest || value > lightest) ink[row + Math.floor(x / size)]++;
    }
  }
  return { columns, rows, ink };
}

/**
 * Marks the solid cells that hang together with the image's edge, and their neighbours, where the border's own edge runs. The outermost
 * cells may be cut off by the image's edge, so with `cutOff` they count as solid with less.
 */
function findBorder({ columns, rows, ink }: Cells, size: number, cutOff = true): Uint8Array {
  const solid = SOLID_SHARE * size * size;
  const border = new Uint8Array(columns * rows);
  const reached = new Uint8Array(columns * rows);
  const stack: number[] = [];
  const visit = (x: number, y: number) => {
    if (x < 0 || y < 0 || x >= columns || y >= rows) return;
    const at = y * columns + x;
    border[at] = 1;
    const outermost = cutOff && (x === columns - 1 || y === rows - 1);
    if (reached[at] || ink[at] < (outermost ? 1 : solid)) return;
    reached[at] = 1;
    stack.push(at);
  };
  const seed = (x: number, y: number) => {
    const at = y * columns + x;
    if (ink[at] >= solid || (cutOff && (x === columns - 1 || y === rows - 1) && ink[at] > 0)) visit(x, y);
  };
  for (let x = 0; x < columns; x++) {
    seed(x, 0);
    seed(x, rows - 1);
  }
  for (let y = 0; y < rows; y++) {
    seed(0, y);
    seed(columns - 1, y);
  }
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % columns;
    const y = Math.floor(at / columns);
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) visit(x + dx, y + dy);
  }
  return border;
}
