import type { GrayImage } from '../document.types.js';
import { findComponents } from './components.js';
import { soften } from './soften.js';
import { largestSquares, solidCells } from './solid-cells.js';
import { measureWriting } from './text-height.js';
import { histogramOf, paperTone, percentile } from './tones.js';

/** Nothing on a ground lighter than this can stand out from it by being lighter. */
const LIGHTEST_GROUND = 215;
/** Gray levels neighbouring pixels of one ground differ by at most: an even one, and one in the noise of a bad scan. */
const STEP = [10, 20] as const;
/** Gray levels neighbouring pixels differ by from which the image is softened. */
const GRAIN = 4;
/** Side in inches of the squares a ground is made of: lines of tables and strokes of print are thinner. */
const LEAST_SIDE = 0.04;
/** Square inches a ground has at least. */
const LEAST_AREA = 0.1;
/** Share of its pixels that have a ground's tone, and within how many gray levels: shadows have all tones. */
const EVEN_SHARE = 0.7;
const EVEN = 24;
/** Gray levels writing differs from its ground by. */
const WRITING_DEPTH = 16;
const CLEAR_DEPTH = 48;
/** Pixels the least writing has. */
const LEAST_WRITING = 16;
/** Pieces shaped like letters that make writing, and the most of the area they cover: the squares of a table cover more. */
const SOME_LETTERS = 2;
const MOST_WRITING = 0.4;
/** Side in inches of a square within an area that is thicker than strokes are, and the letters that make it paper of its own. */
const THICK = 0.2;
const LETTERS_ON_PAPER = 3;
/** The light writing becomes as dark as it can with its tones this many times further apart. */
const MOST_GAIN = 3;

/** A band, box or page of dark ground with writing on it that is lighter. */
export interface DarkArea {
  /** Where it is on the image it was looked for on. */
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
  /** Row by row: 1 within the area, its writing included. */
  readonly mask: Uint8Array;
  readonly tone: number;
  /** There is writing darker than the ground on it, too. */
  readonly hasDark: boolean;
  /** How many times the tones are to be pulled apart. */
  readonly gain: number;
}

/**
 * Finds the areas of even tone that are bounded by a step of tone, or the image's edge, and have lighter writing on them. A shadow
 * is no such area, nor is a photograph, a dark edge without writing, or heavy print.
 * @param small 100 dpi is enough
 */
export function findDarkAreas(small: GrayImage): DarkArea[] {
  const spread = spreadOf(small);
  // The grain of a bad scan would part what belongs together.
  const seen = spread > GRAIN ? soften(small) : small;
  const step = Math.max(STEP[0], Math.min(STEP[1], 6 * (seen === small ? spread : spreadOf(seen))));
  const solid = solidCells(seen, Math.max(3, Math.round(LEAST_SIDE * small.dpi)), step, LIGHTEST_GROUND);
  if (solid === undefined) return [];
  const found: DarkArea[] = [];
  const histogram = histogramOf(seen);
  const queue = new Int32Array(small.data.length);
  for (let start = 0; start < solid.length; start++) {
    if (solid[start] !== 1) continue;
    const count = reach(solid, small.width, start, queue);
    if (count < LEAST_AREA * small.dpi * small.dpi) continue;
    const area = examine(seen, queue.subarray(0, count), histogram);
    if (area !== undefined) found.push(area);
  }
  return found;
}

/** How much pixels differ from the next, in the middle of the image's differences. */
function spreadOf({ data }: GrayImage): number {
  const differences = new Uint32Array(256);
  for (let at = 0; at + 1 < data.length; at += 17) differences[Math.abs(data[at] - data[at + 1])]++;
  return percentile(differences, 0.5);
}

/** Marks what hangs together with `start` as reached (2), puts it into `queue` and tells how much it is. */
function reach(cells: Uint8Array, width: number, start: number, queue: Int32Array): number {
  let count = 0;
  const add = (at: number): void => {
    if (cells[at] !== 1) return;
    cells[at] = 2;
    queue[count++] = at;
  };
  add(start);
  for (let next = 0; next < count; next++) {
    const at = queue[next];
    const x = at % width;
    if (x > 0) add(at - 1);
    if (x < width - 1) add(at + 1);
    if (at >= width) add(at - width);
    if (at + width < cells.length) add(at + width);
  }
  return count;
}

/** The area a ground makes, if it has lighter writing on it. @param histogram of the whole image */
function examine(small: GrayImage, ground: Int32Array, histogram: Uint32Array): DarkArea | undefined {
  const tones = new Uint32Array(256);
  for (const at of ground) tones[small.data[at]]++;
  const tone = paperTone(tones);
  // As on paper that is dark itself: nothing is lighter.
  if (histogram.subarray(tone + WRITING_DEPTH + 1).reduce((sum, count) => sum + count, 0) < LEAST_WRITING) return undefined;
  let even = 0;
  for (let value = Math.max(0, tone - EVEN); value <= Math.min(255, tone + EVEN); value++) even += tones[value];
  if (even < EVEN_SHARE * ground.length) return undefined;

  const part = cutOut(small, ground);
  const mask = part.mask;
  growAlike(part, tone);
  fillHoles(part, tone);
  // Light and dark writing, black on white each.
  const light = { ...part.image, data: new Uint8Array(mask.length).fill(255) };
  const dark = { ...part.image, data: new Uint8Array(mask.length).fill(255) };
  const lighter = new Uint32Array(256);
  let [size, lightSize] = [0, 0];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    size++;
    const value = part.image.data[at];
    if (value > tone + WRITING_DEPTH) {
      light.data[at] = 0;
      lighter[value]++;
      lightSize++;
    } else if (value < tone - WRITING_DEPTH) dark.data[at] = 0;
  }
  if (lightSize === 0 || lightSize > MOST_WRITING * size) return undefined;
  const letters = lettersIn(light);
  if (letters < SOME_LETTERS) return undefined;
  const darkLetters = lettersIn(dark);
  const depth = percentile(lighter, 0.98) - tone;
  // Halos of dark print, as packing in JPEG makes them, are lighter than the ground too, but hardly.
  if (darkLetters >= letters * (depth >= CLEAR_DEPTH ? 4 : 1)) return undefined;
  const gain = Math.max(1, Math.min(MOST_GAIN, 255 / depth));
  const { x0, y0, image } = part;
  return { x0, y0, width: image.width, height: image.height, mask, tone, hasDark: darkLetters > 0, gain };
}

/** A part of the image, and the area within it. */
interface Part {
  readonly image: GrayImage;
  readonly x0: number;
  readonly y0: number;
  readonly mask: Uint8Array;
}

/** Pixels left around an area that is cut out, and how far it grows: its outermost pixels are not in squares. */
const RIM = 3;

function cutOut({ width, height, data, dpi }: GrayImage, ground: Int32Array): Part {
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (const at of ground) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  [x0, y0] = [Math.max(0, x0 - RIM), Math.max(0, y0 - RIM)];
  [x1, y1] = [Math.min(width, x1 + 1 + RIM), Math.min(height, y1 + 1 + RIM)];
  const across = x1 - x0;
  const image = { width: across, height: y1 - y0, dpi, data: new Uint8Array(across * (y1 - y0)) };
  for (let y = y0; y < y1; y++) image.data.set(data.subarray(y * width + x0, y * width + x1), (y - y0) * across);
  const mask = new Uint8Array(image.data.length);
  for (const at of ground) mask[(Math.floor(at / width) - y0) * across + (at % width) - x0] = 1;
  return { image, x0, y0, mask };
}

/** Takes in the neighbours that have the ground's tone. */
function growAlike({ image: { width, data }, mask }: Part, tone: number): void {
  for (let round = 0; round < RIM; round++) {
    const before = mask.slice();
    for (let at = 0; at < mask.length; at++) {
      if (before[at] === 1 || Math.abs(data[at] - tone) > EVEN) continue;
      const x = at % width;
      const isNext = (x > 0 && before[at - 1]) || (x < width - 1 && before[at + 1]) || before[at - width] || before[at + width];
      if (isNext) mask[at] = 1;
    }
  }
}

/** Takes in what the area surrounds, but for boxes of paper with writing of their own. */
function fillHoles({ image, mask }: Part, tone: number): void {
  const { width, height } = image;
  const outside = mask.map((value) => 1 - value);
  const queue = new Int32Array(mask.length);
  const reachFrom = (at: number) => (outside[at] === 1 ? reach(outside, width, at, queue) : 0);
  for (let x = 0; x < width; x++) [x, (height - 1) * width + x].forEach(reachFrom);
  for (let y = 0; y < height; y++) [y * width, (y + 1) * width - 1].forEach(reachFrom);

  const apart = { ...image, data: image.data.map((value) => (Math.abs(value - tone) > EVEN ? 255 : 0)) };
  for (let at = 0; at < mask.length; at++) if (outside[at] !== 1) apart.data[at] = 0;
  const squares = largestSquares(apart, THICK * image.dpi);
  for (let start = 0; start < mask.length; start++) {
    if (outside[start] !== 1) continue;
    const hole = queue.subarray(0, reach(outside, width, start, queue));
    if (hole.some((at) => squares[at] === 1) && isPaper(image, hole, tone)) continue;
    for (const at of hole) mask[at] = 1;
  }
}

/** Whether a hole has writing of its own in it. */
function isPaper(whole: GrayImage, hole: Int32Array, tone: number): boolean {
  const { image, mask } = cutOut(whole, hole);
  const data = image.data.map((value, at) => (mask[at] === 1 && value <= tone + EVEN ? 0 : 255));
  return lettersIn({ ...image, data }) >= LETTERS_ON_PAPER;
}

function lettersIn(image: GrayImage): number {
  return measureWriting(findComponents(image, 128), image.dpi, false).letters;
}

/** The tone of the paper beside the areas; white when there is none. */
export function paperBeside(small: GrayImage, areas: readonly DarkArea[]): number {
  const beside = { ...small, data: small.data.slice() };
  let covered = 0;
  // Black counts as no paper.
  for (const { x0, y0, width, mask } of areas) {
    for (let at = 0; at < mask.length; at++) {
      if (mask[at] === 0) continue;
      beside.data[(y0 + Math.floor(at / width)) * small.width + x0 + (at % width)] = 0;
      covered++;
    }
  }
  const histogram = histogramOf(beside);
  histogram.fill(0, 0, 128);
  const light = histogram.reduce((sum, count) => sum + count, 0);
  return covered > 0.95 * small.data.length || light === 0 ? 255 : paperTone(histogram);
}
