import type { GrayImage } from '../document.types.js';

/** Sauvola's own values: how much below the mean a pixel must lie where contrast is low, and the greatest deviation there is. */
const K = 0.2;
const RANGE = 128;
/** Side of the window a pixel is compared with, in inches: a line of ordinary print. */
const WINDOW_INCHES = 0.14;

/**
 * The image in black (0) and white (255) alone, each pixel judged by the mean and the deviation of what lies around it
 * (J. Sauvola, M. Pietikainen, "Adaptive document image binarization", 2000), so that shadows do not swallow the writing.
 */
export function binarise(image: GrayImage): GrayImage {
  const { width, height, data, dpi } = image;
  const half = Math.max(4, Math.round((WINDOW_INCHES * dpi) / 2));
  const out = new Uint8Array(data.length);
  // Sums down the window's columns; the window then slides along the row.
  const sums = new Int32Array(width);
  const squares = new Int32Array(width);
  const addRow = (y: number, sign: number) => {
    if (y < 0 || y >= height) return;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const value = data[at];
      sums[x] += sign * value;
      squares[x] += sign * value * value;
    }
  };
  for (let y = 0; y < half; y++) addRow(y, 1);
  for (let y = 0; y < height; y++) {
    addRow(y + half, 1);
    addRow(y - half - 1, -1);
    const rows = Math.min(height - 1, y + half) - Math.max(0, y - half) + 1;
    let sum = 0;
    let square = 0;
    for (let x = 0; x < Math.min(half, width); x++) {
      sum += sums[x];
      square += squares[x];
    }
    for (let x = 0; x < width; x++) {
      if (x + half < width) {
        sum += sums[x + half];
        square += squares[x + half];
      }
      if (x - half - 1 >= 0) {
        sum -= sums[x - half - 1];
        square -= squares[x - half - 1];
      }
      const count = rows * (Math.min(width - 1, x + half) - Math.max(0, x - half) + 1);
      const mean = sum / count;
      const deviation = Math.sqrt(Math.max(0, square / count - mean * mean));
      const at = y * width + x;
      out[at] = data[at] > mean * (1 + K * (deviation / RANGE - 1)) ? 255 : 0;
    }
  }
  return { ...image, data: out };
}
