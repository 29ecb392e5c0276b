import type { GrayImage } from '../document.types.js';

/** Evens out grain: each pixel becomes the weighted mean of the 3 x 3 around it (1 2 1 / 2 4 2 / 1 2 1). The rim stays. */
export function soften(image: GrayImage): GrayImage {
  const { width, height, data } = image;
  const out = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const [up, down] = [at - width, at + width];
      const corners = data[up - 1] + data[up + 1] + data[down - 1] + data[down + 1];
      const sides = data[up] + data[down] + data[at - 1] + data[at + 1];
      out[at] = (corners + 2 * sides + 4 * data[at] + 8) >> 4;
    }
  }
  return { ...image, data: out };
}
