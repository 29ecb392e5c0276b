import type { GrayImage } from '../document.types.js';

/** Side of the fields the paper's tone is found in, in inches: larger than any letter, smaller than a shadow. */
const FIELD_INCHES = 0.25;
/** The paper's tone is the one this share of a field's pixels lie below: paper even where writing is dense, and above its noise. */
const PAPER_SHARE = 0.8;
const INK_SHARE = 0.02;

/**
 * Makes the paper white and the writing black: what the paper's tone is around each pixel is taken off, and what is left is
 * stretched so that the page's `ink` depth below its paper becomes nearly black. Evens out shadows, brown paper and faint ink.
 */
export function flatten(image: GrayImage): GrayImage {
  const { width, height, data } = image;
  const fields = measureFields(image);
  const depth = fields.depth;
  const out = new Uint8Array(data.length);
  // A little below the paper is still paper (noise); full depth is black.
  const [white, black] = [0.2 * depth, 0.92 * depth];
  const table = new Uint8Array(512);
  for (let below = -256; below < 256; below++) {
    table[below + 256] = Math.max(0, Math.min(255, 255 * (1 - (below - white) / (black - white))));
  }
  const row = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    fields.paperAt(y, row);
    for (let x = 0, at = y * width; x < width; x++, at++) out[at] = table[Math.round(row[x] - data[at]) + 256];
  }
  return { ...image, data: out };
}

interface Fields {
  /** How much darker than its paper the page's writing is. */
  readonly depth: number;
  /** Writes the paper's tone along row `y` into `row`. */
  paperAt(y: number, row: Float32Array): void;
}

function measureFields({ width, height, data, dpi }: GrayImage): Fields {
  const side = Math.max(8, Math.round(FIELD_INCHES * dpi));
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  const paper = new Float32Array(columns * rows);
  const depths: number[] = [];
  const histogram = new Uint32Array(256);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      histogram.fill(0);
      let count = 0;
      for (let y = row * side; y < Math.min(height, (row + 1) * side); y++) {
        for (let x = column * side; x < Math.min(width, (column + 1) * side); x++) {
          histogram[data[y * width + x]]++;
          count++;
        }
      }
      const light = toneBelow(histogram, count * PAPER_SHARE);
      paper[row * columns + column] = light;
      depths.push(light - toneBelow(histogram, count * INK_SHARE));
    }
  }
  // The best-written tenth of the fields tells how deep the ink is: most others are margins.
  depths.sort((a, b) => a - b);
  const depth = Math.max(12, depths[Math.floor(depths.length * 0.9)]);
  return { depth, paperAt: (y, out) => interpolate(paper, columns, rows, side, y, out) };
}

function toneBelow(histogram: Uint32Array, count: number): number {
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += histogram[value];
    if (seen >= count) return value;
  }
  return 255;
}

/** Bilinear between the fields' middles. */
function interpolate(paper: Float32Array, columns: number, rows: number, side: number, y: number, out: Float32Array): void {
  const fy = Math.min(rows - 1, Math.max(0, (y + 0.5) / side - 0.5));
  const top = Math.floor(fy);
  const bottom = Math.min(rows - 1, top + 1);
  for (let x = 0; x < out.length; x++) {
    const fx = Math.min(columns - 1, Math.max(0, (x + 0.5) / side - 0.5));
    const left = Math.floor(fx);
    const right = Math.min(columns - 1, left + 1);
    const above = paper[top * columns + left] + (paper[top * columns + right] - paper[top * columns + left]) * (fx - left);
    const below =
      paper[bottom * columns + left] + (paper[bottom * columns + right] - paper[bottom * columns + left]) * (fx - left);
    out[x] = above + (below - above) * (fy - top);
  }
}
