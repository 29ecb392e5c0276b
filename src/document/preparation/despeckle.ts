import type { GrayImage } from '../document.types.js';

/**
 * Takes specks of up to four pixels off: each pixel becomes the middle one of the 3 x 3 around it. Strokes two pixels wide and more stay;
 * so do edges. The image's rim is left as it is.
 */
export function despeckle(image: GrayImage): GrayImage {
  const { width, height, data } = image;
  const out = data.slice();
  const [low, mid, high] = [new Uint8Array(width), new Uint8Array(width), new Uint8Array(width)];
  for (let y = 1; y < height - 1; y++) {
    // Each column's three pixels in order, then the middle of: the greatest low, the middle middle, the least high.
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const [a, b, c] = [data[at - width], data[at], data[at + width]];
      low[x] = Math.min(a, b, c);
      high[x] = Math.max(a, b, c);
      mid[x] = a + b + c - low[x] - high[x];
    }
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const lows = Math.max(low[x - 1], low[x], low[x + 1]);
      const highs = Math.min(high[x - 1], high[x], high[x + 1]);
      out[at] = middle(lows, middle(mid[x - 1], mid[x], mid[x + 1]), highs);
    }
  }
  return { ...image, data: out };
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
