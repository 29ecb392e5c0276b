import type { GrayImage } from '../document.types.js';
import { inkDepth } from './ink-depth.js';

/** Side of the fields the paper's tone is found in, in inches: larger than any letter, smaller than a shadow. */
const FIELD_INCHES = 0.25;
/** The paper's tone is the one this share of a field's pixels lie below: paper even where writing is dense, and above its noise. */
const PAPER_SHARE = 0.8;
const INK_SHARE = 0.02;
/** Gray levels below which a depth is noise. */
const LEAST_DEPTH = 12;

/**
 * Makes the paper white and the writing black: what the paper's tone is around each pixel is taken off, and what is left is
 * stretched so that ink of a depth below its paper becomes nearly black. Evens out shadows, brown paper and faint ink.
 * @param inkDepth gray levels; absent: what the page's writing has
 */
export function flatten(image: GrayImage, inkDepth?: number): GrayImage {
  const { width, height, data } = image;
  const fields = measureFields(image);
  const depth = inkDepth ?? fields.depth;
  const out = new Uint8Array(data.length);
  // A little below the paper is still paper (noise); full depth is black.
  const [white, black] = [0.2 * depth, 0.92 * depth];
  const table = new Uint8Array(512);
  for (let below = -256; below < 256; below++) {
    table[below + 256] = Math.max(0, Math.min(255, 255 * (1 - (below - white) / (black - white))));
  }
  const along = columnsOf(fields, width);
  const papers = new Float32Array(fields.columns);
  for (let y = 0; y < height; y++) {
    papersAt(fields, y, papers);
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const left = papers[along.from[x]];
      const paper = left + (papers[along.to[x]] - left) * along.part[x];
      // Half a tone to round, and 256 to begin at 0.
      out[at] = table[(paper - data[at] + 256.5) | 0];
    }
  }
  return { ...image, data: out };
}

/** The paper's tone in squares of the image, row by row. */
interface Fields {
  readonly columns: number;
  readonly rows: number;
  /** Pixels a field is wide and high. */
  readonly side: number;
  readonly paper: Float32Array;
  /** How much darker than its paper the page's writing is. */
  readonly depth: number;
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
      // Every other pixel both ways is plenty.
      for (let y = row * side; y < Math.min(height, (row + 1) * side); y += 2) {
        for (let x = column * side; x < Math.min(width, (column + 1) * side); x += 2) {
          histogram[data[y * width + x]]++;
          count++;
        }
      }
      const light = toneBelow(histogram, count * PAPER_SHARE);
      paper[row * columns + column] = light;
      depths.push(light - toneBelow(histogram, count * INK_SHARE));
    }
  }
  depths.sort((a, b) => a - b);
  const depth = Math.max(LEAST_DEPTH, inkDepth(depths));
  return { columns, rows, side, paper, depth };
}

function toneBelow(histogram: Uint32Array, count: number): number {
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += histogram[value];
    if (seen >= count) return value;
  }
  return 255;
}

/** The paper's tone in each column of fields, at row `y` of the image: between the fields' middles above and below. */
function papersAt({ columns, rows, side, paper }: Fields, y: number, out: Float32Array): void {
  const at = Math.min(rows - 1, Math.max(0, (y + 0.5) / side - 0.5));
  const top = Math.floor(at) * columns;
  const bottom = Math.min(rows - 1, Math.floor(at) + 1) * columns;
  const part = at - Math.floor(at);
  for (let column = 0; column < columns; column++)
    out[column] = paper[top + column] + (paper[bottom + column] - paper[top + column]) * part;
}

/** For each column of pixels: the two columns of fields whose middles it lies between, and how near the second. */
function columnsOf({ columns, side }: Fields, width: number): { from: Int32Array; to: Int32Array; part: Float32Array } {
  const result = { from: new Int32Array(width), to: new Int32Array(width), part: new Float32Array(width) };
  for (let x = 0; x < width; x++) {
    const at = Math.min(columns - 1, Math.max(0, (x + 0.5) / side - 0.5));
    result.from[x] = Math.floor(at);
    result.to[x] = Math.min(columns - 1, result.from[x] + 1);
    result.part[x] = at - result.from[x];
  }
  return result;
}
