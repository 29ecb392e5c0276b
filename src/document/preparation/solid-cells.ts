import type { GrayImage } from '../document.types.js';

/**
 * Marks the pixels that lie in squares of `side` pixels, no lighter than `lightest`, in which no pixel differs from the next by more
 * than `step`. Undefined: there is none.
 */
export function solidCells(image: GrayImage, side: number, step: number, lightest: number): Uint8Array | undefined {
  const { width, height, data } = image;
  const solid = new Uint8Array(data.length);
  // Sides of the largest squares that end in the row above and in this one.
  let above = new Uint16Array(width);
  let here = new Uint16Array(width);
  let any = false;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const tone = data[at];
      if (tone > lightest || (x > 0 && apart(tone, data[at - 1]) > step) || (y > 0 && apart(tone, data[at - width]) > step)) {
        here[x] = 0;
        continue;
      }
      const square = x === 0 || y === 0 ? 1 : Math.min(above[x - 1], above[x], here[x - 1]) + 1;
      here[x] = square;
      if (square < side) continue;
      solid[at] = 1;
      any = true;
    }
    [above, here] = [here, above];
  }
  if (!any) return undefined;
  cover(solid, width, side);
  return solid;
}

/** Marks the lower right corners of white squares with this side. */
export function largestSquares({ width, data }: GrayImage, side: number): Uint8Array {
  const sizes = new Uint16Array(data.length);
  const marked = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue;
    const isFirst = at < width || at % width === 0;
    sizes[at] = isFirst ? 1 : Math.min(sizes[at - 1], sizes[at - width], sizes[at - width - 1]) + 1;
    if (sizes[at] >= side) marked[at] = 1;
  }
  return marked;
}

function apart(one: number, other: number): number {
  return one > other ? one - other : other - one;
}

/** From the lower right corners of squares to all that they cover. */
function cover(cells: Uint8Array, width: number, side: number): void {
  const below = new Uint16Array(width);
  for (let row = cells.length - width; row >= 0; row -= width) {
    let left = 0;
    for (let x = width - 1; x >= 0; x--) {
      left = cells[row + x] === 1 ? side : Math.max(0, left - 1);
      below[x] = left > 0 ? side : Math.max(0, below[x] - 1);
      cells[row + x] = below[x] > 0 ? 1 : 0;
    }
  }
}
