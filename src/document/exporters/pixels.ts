import type { Box, PageResult } from '../page-result.js';

/** Resolution of the pixel formats for pages that were never drawn (their own text was kept). */
const DEFAULT_DPI = 300;
const POINTS_PER_INCH = 72;

/** Resolution hOCR, ALTO and TSV count a page's pixels in: that of the image the engine saw. */
export function dpiOf(page: PageResult): number {
  return page.dpi ?? DEFAULT_DPI;
}

export function pixels(points: number, dpi: number): number {
  return Math.round((points * dpi) / POINTS_PER_INCH);
}

export function pixelBox(box: Box, dpi: number): Box {
  return { x0: pixels(box.x0, dpi), y0: pixels(box.y0, dpi), x1: pixels(box.x1, dpi), y1: pixels(box.y1, dpi) };
}
