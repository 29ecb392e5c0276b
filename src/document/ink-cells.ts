import type { GrayImage } from './document.types.js';
import { histogramOf, paperTone } from './preparation/tones.js';

/** Cells an inch is cut into (about 1 mm each). Windows of 2 x 2 cells are looked at. */
const CELLS_PER_INCH = 25;
/** Gray levels a pixel differs from the paper to count as ink; paper texture, shadows and bleed-through differ less, and faint print. */
export const INK_CONTRAST = 48;

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

/** Paints the marked cells in a tone, in place, and tells whether there are any. */
export function paintCells(image: GrayImage, marked: Uint8Array, { columns, size }: InkCells, tone: number): boolean {
  const { width, height, data } = image;
  let any = false;
  for (let cell = 0; cell < marked.length; cell++) {
    if (marked[cell] === 0) continue;
    any = true;
    const x0 = (cell % columns) * size;
    const y0 = Math.floor(cell / columns) * size;
    const x1 = Math.min(width, x0 + size);
    for (let y = y0; y < Math.min(height, y0 + size); y++) data.fill(tone, y * width + x0, y * width + x1);
  }
  return any;
}
