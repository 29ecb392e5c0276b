import { findBorder } from '../border.js';
import type { GrayImage } from '../document.types.js';
import { countInk, type InkCells } from '../ink-cells.js';

/**
 * Paints the dark edges of the sheet, as copiers and book scanners leave them, in the tone `paper`. Only what is solid and hangs
 * together with the image's rim counts, and holds no letters, so that writing near the edge stays, and light writing in a dark band too. In place.
 * @param cells where the image's ink is, when that is known already
 * @returns whether there was any
 */
export function clearBorder(image: GrayImage, paper: number, cells: InkCells = countInk(image)): boolean {
  const { width, height, data } = image;
  const { columns, size } = cells;
  const border = findBorder(image, cells, false);
  let cleared = false;
  for (let cell = 0; cell < border.length; cell++) {
    if (border[cell] === 0) continue;
    cleared = true;
    const x0 = (cell % columns) * size;
    const y0 = Math.floor(cell / columns) * size;
    const x1 = Math.min(width, x0 + size);
    for (let y = y0; y < Math.min(height, y0 + size); y++) data.fill(paper, y * width + x0, y * width + x1);
  }
  return cleared;
}
