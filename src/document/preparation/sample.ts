import type { GrayImage } from '../document.types.js';
import type { PixelArea } from './preparation.types.js';

/** Inches a side: enough lines to tell how the page stands, a fraction of the cost of reading it. */
const SIDE_INCHES = 4;
/** Fields an inch is cut into when ink is counted. */
const FIELDS = 8;

/** The square piece of the image, or as much of it as there is, that holds most ink. */
export function inkiestSample(image: GrayImage, threshold: number): PixelArea {
  const { width, height, data, dpi } = image;
  const field = Math.max(1, Math.round(dpi / FIELDS));
  const columns = Math.max(1, Math.floor(width / field));
  const rows = Math.max(1, Math.floor(height / field));
  // Sums of all fields above and to the left, so that any window costs four look-ups.
  const sums = new Float64Array((columns + 1) * (rows + 1));
  const ink = new Float64Array(columns * rows);
  for (let y = 0; y < rows * field; y += 2) {
    const row = Math.floor(y / field) * columns;
    for (let x = 0; x < columns * field; x += 2) if (data[y * width + x] < threshold) ink[row + Math.floor(x / field)]++;
  }
  // Solid dark fields are pictures and edges; only as much as dense print holds counts.
  const dense = (field * field) / 4 / 3;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const counted = ink[y * columns + x] > 2 * dense ? 0 : Math.min(dense, ink[y * columns + x]);
      const at = (y + 1) * (columns + 1) + x + 1;
      sums[at] = counted + sums[at - 1] + sums[at - columns - 1] - sums[at - columns - 2];
    }
  }
  const across = Math.min(columns, SIDE_INCHES * FIELDS);
  const down = Math.min(rows, SIDE_INCHES * FIELDS);
  let best = { x: 0, y: 0, ink: -1 };
  for (let y = 0; y + down <= rows; y += 2) {
    for (let x = 0; x + across <= columns; x += 2) {
      const [top, bottom] = [y * (columns + 1), (y + down) * (columns + 1)];
      const inside = sums[bottom + x + across] - sums[bottom + x] - sums[top + x + across] + sums[top + x];
      if (inside > best.ink) best = { x, y, ink: inside };
    }
  }
  const x1 = across === columns ? width : (best.x + across) * field;
  const y1 = down === rows ? height : (best.y + down) * field;
  return { x0: best.x * field, y0: best.y * field, x1, y1 };
}
