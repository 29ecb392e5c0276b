import { findBorder } from '../border.js';
import type { GrayImage } from '../document.types.js';
import { countInk, paintCells, type InkCells } from '../ink-cells.js';

/**
 * Paints the dark edges of the sheet, as copiers and book scanners leave them, in the tone `paper`. Only what is solid and hangs
 * together with the image's rim counts, and holds no letters, so that writing near the edge stays, and light writing in a dark band too. In place.
 * @param cells where the image's ink is, when that is known already
 * @returns whether there was any
 */
export function clearBorder(image: GrayImage, paper: number, cells: InkCells = countInk(image)): boolean {
  return paintCells(image, findBorder(image, cells, false), cells, paper);
}
