import type { GrayImage } from '../document.types.js';

/** How a made-up page is printed. Lengths in pixels. */
export interface Print {
  readonly width?: number;
  readonly height?: number;
  readonly dpi?: number;
  /** Height of small letters. */
  readonly xHeight?: number;
  readonly ink?: number;
  readonly paper?: number;
}

/**
 * A page of lines of made-up letters: frames as high as small letters, every third with a stem above, every tenth with one below,
 * about as ascenders and descenders are spread in print.
 */
export function printedPage(print: Print = {}): GrayImage {
  const { width = 1000, height = 800, dpi = 200, xHeight = 14, ink = 0, paper = 255 } = print;
  const image: GrayImage = { width, height, dpi, data: new Uint8Array(width * height).fill(paper) };
  const stroke = Math.max(1, Math.round(xHeight / 6));
  const letter = Math.round(xHeight * 0.8);
  let count = 0;
  for (let y = 4 * xHeight; y + 3 * xHeight < height; y += 3 * xHeight) {
    for (let x = 4 * xHeight; x + 4 * xHeight < width; x += letter + stroke + 1, count++) {
      if (count % 6 === 5) continue;
      frame(image, x, y, x + letter, y + xHeight, stroke, ink);
      if (count % 3 === 0) fill(image, x, y - Math.round(xHeight * 0.6), x + stroke, y, ink);
      if (count % 10 === 1) fill(image, x, y + xHeight, x + stroke, y + Math.round(xHeight * 1.5), ink);
    }
  }
  return image;
}

/** Paints a rectangle. */
export function fill({ width, data }: GrayImage, x0: number, y0: number, x1: number, y1: number, tone: number): void {
  for (let y = y0; y < y1; y++) data.fill(tone, y * width + x0, y * width + x1);
}

function frame(image: GrayImage, x0: number, y0: number, x1: number, y1: number, stroke: number, tone: number): void {
  fill(image, x0, y0, x1, y0 + stroke, tone);
  fill(image, x0, y1 - stroke, x1, y1, tone);
  fill(image, x0, y0, x0 + stroke, y1, tone);
  fill(image, x1 - stroke, y0, x1, y1, tone);
}
