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
      const above = data[at - width];
      const here = data[at];
      const below = data[at + width];
      const least = above < here ? above : here;
      const most = above < here ? here : above;
      low[x] = below < least ? below : least;
      high[x] = below > most ? below : most;
      mid[x] = below < least ? least : below > most ? most : below;
    }
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const lows = larger(larger(low[x - 1], low[x]), low[x + 1]);
      const highs = smaller(smaller(high[x - 1], high[x]), high[x + 1]);
      out[at] = middle(lows, middle(mid[x - 1], mid[x], mid[x + 1]), highs);
    }
  }
  return { ...image, data: out };
}

// Plain comparisons: these run nine times a pixel, and Math.min and Math.max look after NaN and -0.
function larger(a: number, b: number): number {
  return a > b ? a : b;
}

function smaller(a: number, b: number): number {
  return a < b ? a : b;
}

function middle(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : larger(a, c)) : a < c ? a : larger(b, c);
}
