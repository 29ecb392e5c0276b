import type { GrayImage } from '../document.types.js';

/** Evens out grain: each pixel becomes the weighted mean of the 3 x 3 around it (1 2 1 / 2 4 2 / 1 2 1). The rim stays. */
export function soften(image: GrayImage): GrayImage {
  const { width, height, data } = image;
  const out = data.slice();
  // Down the columns first, then along the row: a third of the additions.
  const columns = new Uint16Array(width);
  for (let y = 1; y < height - 1; y++) {
    const row = y * width;
    for (let x = 0, at = row; x < width; x++, at++) columns[x] = data[at - width] + 2 * data[at] + data[at + width];
    let left = columns[0];
    let here = columns[1];
    for (let x = 1; x < width - 1; x++) {
      const right = columns[x + 1];
      out[row + x] = (left + 2 * here + right + 8) >> 4;
      left = here;
      here = right;
    }
  }
  return { ...image, data: out };
}
