import { freeMemory } from '../threads/free-memory.js';
import type { GrayImage } from './document.types.js';
import { paintCells, type InkCells } from './ink-cells.js';
import { findComponents } from './preparation/components.js';
import { flatten } from './preparation/flatten.js';
import { invert } from './preparation/invert.js';
import { soften } from './preparation/soften.js';
import { measureWriting } from './preparation/text-height.js';
import { histogramOf, paperTone } from './preparation/tones.js';

/** Gray levels writing must be darker or lighter than its paper, and how many times the paper's own spread. */
const LEAST_DEPTH = 12;
const LEAST_SPREADS = 5;
/** Pieces shaped like letters that make writing. The noise of blank paper makes one or two. */
const ENOUGH_LETTERS = 24;
/**
 * Share of its depth that an edge of writing drops by within three pixels: print has 0.7 and more. What shines through the paper is
 * as dark as faint print, but has spread in it: it has 0.65 and less.
 */
const SHARP = 0.67;
/** Flattening makes black what is nearly as deep as it is told, and gray of half the tones what has this share of that depth. */
const MIDDLE = 0.56;

/**
 * Whether there are letters on the image that hardly stand out from its paper: sharp, and darker or lighter by more than the paper's own noise.
 * For pages that show no ink otherwise.
 * @param border the cells that are dark edges, if any, which are not looked at
 */
export function hasFaintWriting(image: GrayImage, border: Uint8Array, cells: InkCells): boolean {
  // What is even as it stands is no less even softened.
  if (rangeOf(image) < LEAST_DEPTH) return false;
  const soft = soften(image);
  const depth = Math.max(LEAST_DEPTH, LEAST_SPREADS * spreadOf(soft));
  if (rangeOf(soft) < depth) return false;
  paintCells(soft, border, cells, paperTone(histogramOf(soft)));
  if (isWritten(soft, depth)) return true;
  invert(soft);
  return isWritten(soft, depth);
}

/** Whether there is sharp writing this much darker than the paper, or more. */
function isWritten(soft: GrayImage, depth: number): boolean {
  const flat = flatten(soft, depth / MIDDLE);
  const letters = measureWriting(findComponents(flat, 128), soft.dpi, false).letters;
  const isSharp = letters >= ENOUGH_LETTERS && sharpnessOf(soft, flat) >= SHARP;
  freeMemory(flat.data);
  return isSharp;
}

/** Standard deviation of the paper's noise, by how much pixels differ that stand near each other. */
function spreadOf({ data }: GrayImage): number {
  const differences = new Uint32Array(256);
  let count = 0;
  for (let at = 0; at + 3 < data.length; at += 17, count++) differences[Math.abs(data[at] - data[at + 3])]++;
  let median = 0;
  for (let seen = differences[0]; seen < count / 2; seen += differences[median]) median++;
  return median / (0.6745 * Math.SQRT2);
}

function rangeOf({ data }: GrayImage): number {
  let darkest = 255;
  let lightest = 0;
  for (let at = 0; at < data.length; at++) {
    const tone = data[at];
    if (tone < darkest) darkest = tone;
    if (tone > lightest) lightest = tone;
  }
  return lightest - darkest;
}

/** The share of their depth that writing's left edges drop by within three pixels, in the middle. */
function sharpnessOf({ width, height, data }: GrayImage, flat: GrayImage): number {
  const shares: number[] = [];
  for (let y = 0; y < height; y += 3) {
    for (let at = y * width + 6, end = (y + 1) * width - 6; at < end; at++) {
      if (flat.data[at] < 128 || flat.data[at + 1] >= 128) continue;
      const around = data.subarray(at - 6, at + 7);
      const depth = Math.max(...around.subarray(0, 7)) - Math.min(...around);
      if (depth > 0) shares.push((data[at - 1] - data[at + 2]) / depth);
    }
  }
  return shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)] ?? 0;
}
