import type { GrayImage } from './document.types.js';
import { hasFaintWriting } from './faint-writing.js';
import { histogramOf, paperTone } from './preparation/tones.js';

/** Cells an inch is cut into (about 1 mm each). Windows of 2 x 2 cells are looked at. */
const CELLS_PER_INCH = 25;
/** Gray levels a pixel differs from the paper to count as ink; paper texture, shadows and bleed-through differ less, and faint print. */
const INK_CONTRAST = 48;
/** Share of ink that makes a window written on. Dust is smaller; one digit of 8-point print is more. */
const WRITTEN_SHARE = 0.08;
/** Share of ink that makes a cell solid: a scanner's black border, not writing. */
const SOLID_SHARE = 0.85;
/** Outermost share of the page that is not looked at: edges of the sheet and of the scanner's glass. */
const MARGIN_SHARE = 0.015;

/** How much ink there is where on an image. */
export interface InkCells {
  readonly columns: number;
  readonly rows: number;
  /** Pixels a cell is wide and high. */
  readonly size: number;
  /** Pixels of ink in each cell, row by row. */
  readonly ink: Uint16Array;
}

/** Counts the ink: what differs from the paper, so light writing on dark paper too. An image and its negative give the same. */
export function countInk(image: GrayImage): InkCells {
  const { width, height, data, dpi } = image;
  const paper = paperTone(histogramOf(image));
  const size = Math.max(2, Math.round(dpi / CELLS_PER_INCH));
  const columns = Math.ceil(width / size);
  const rows = Math.ceil(height / size);
  const ink = new Uint16Array(columns * rows);
  const [darkest, lightest] = [paper - INK_CONTRAST, paper + INK_CONTRAST];
  for (let y = 0; y < height; y++) {
    let cell = Math.floor(y / size) * columns;
    const end = (y + 1) * width;
    for (let at = y * width; at < end; cell++) {
      const stop = Math.min(end, at + size);
      let count = 0;
      for (; at < stop; at++) if (data[at] < darkest || data[at] > lightest) count++;
      ink[cell] += count;
    }
  }
  return { columns, rows, size, ink };
}

/**
 * True when there is nothing to read on the page. Paper of any tone, scanner noise, dust, dark borders and what shines through count as
 * nothing; one short line, or a page number alone, is something, and so is a paragraph as faint as that. In doubt a page is not blank: that costs a recognition,
 * the other mistake would cost text.
 */
export function isBlank(image: GrayImage, cells = countInk(image)): boolean {
  const { columns, rows, ink, size } = cells;
  const border = findBorder(cells);
  const marginX = Math.ceil((image.width * MARGIN_SHARE) / size);
  const marginY = Math.ceil((image.height * MARGIN_SHARE) / size);
  const written = WRITTEN_SHARE * 4 * size * size;
  for (let y = marginY; y + 1 < rows - marginY; y++) {
    for (let x = marginX; x + 1 < columns - marginX; x++) {
      const at = y * columns + x;
      const around = ink[at] + ink[at + 1] + ink[at + columns] + ink[at + columns + 1];
      if (around < written) continue;
      if (!border[at] && !border[at + 1] && !border[at + columns] && !border[at + columns + 1]) return false;
    }
  }
  return !hasFaintWriting(image);
}

/**
 * Marks the solid cells that hang together with the image's edge, and their neighbours, where the border's own edge runs. The outermost
 * cells may be cut off by the image's edge, so with `cutOff` they count as solid with less.
 */
export function findBorder({ columns, rows, ink, size }: InkCells, cutOff = true): Uint8Array {
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
