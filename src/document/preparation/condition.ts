import type { GrayImage } from '../document.types.js';
import { findComponents } from './components.js';
import { shrink } from './scale.js';
import { findLines, type Lines } from './skew.js';
import { measureWriting, type Writing } from './text-height.js';
import { histogramOf, otsuThreshold, paperTone, percentile } from './tones.js';

/** Paper darker than this on most of the page is no paper: the page is a negative. */
const DARK_PAPER = 96;
/** Gray levels between ink and paper below which print is faint. Ordinary print has 150 and more. */
const FAINT_DEPTH = 110;
/** Gray levels the paper's tone may differ over the page. */
const UNEVEN = 50;
/** Side of the fields the two are measured in, in inches. */
const FIELD_INCHES = 0.4;
/** Resolutions the paper's tone and the lines are looked for at. */
const TONES_DPI = 50;
const LINES_DPI = 100;
/** Specks a letter from which a page counts as dirty. */
const DIRTY = 0.6;
const FEWEST_SPECKS = 150;

/** Whether the page is a negative: most of it dark, with something lighter on it. */
export function isNegative(image: GrayImage): boolean {
  const histogram = histogramOf(image);
  let light = 0;
  let total = 0;
  for (let value = 0; value < 256; value++) {
    total += histogram[value];
    if (value > 160) light += histogram[value];
  }
  return paperTone(histogram) < DARK_PAPER && light > 0.005 * total && light < 0.4 * total;
}

/** The image as small as the lines and the paper's tone are looked for on. */
export function lookSmall(image: GrayImage): GrayImage {
  return shrink(image, Math.max(1, Math.round(image.dpi / LINES_DPI)));
}

/**
 * Whether writing hardly stands out from the paper, or the paper's tone changes over the page.
 * @param image 50 dpi is enough
 */
export function needsContrast(image: GrayImage): boolean {
  const small = shrink(image, Math.max(1, Math.round(image.dpi / TONES_DPI)));
  const side = Math.max(8, Math.round(FIELD_INCHES * small.dpi));
  const papers: number[] = [];
  const depths: number[] = [];
  for (let y0 = 0; y0 + side <= small.height; y0 += side) {
    for (let x0 = 0; x0 + side <= small.width; x0 += side) {
      const tones = tonesIn(small, x0, y0, side);
      const paper = percentile(tones, 0.85);
      papers.push(paper);
      depths.push(paper - percentile(tones, 0.02));
    }
  }
  if (papers.length === 0) return false;
  const at = (values: number[], share: number) => values[Math.floor((values.length - 1) * share)];
  papers.sort((a, b) => a - b);
  depths.sort((a, b) => a - b);
  return at(depths, 0.9) < FAINT_DEPTH || at(papers, 0.95) - at(papers, 0.1) > UNEVEN;
}

/** What the writing on an image looks like. */
export interface Look {
  readonly lines: Lines;
  readonly writing: Writing;
  readonly dirty: boolean;
}

function tonesIn({ width, data }: GrayImage, x0: number, y0: number, side: number): Uint32Array {
  const tones = new Uint32Array(256);
  for (let y = y0; y < y0 + side; y++) for (let at = y * width + x0, end = at + side; at < end; at++) tones[data[at]]++;
  return tones;
}

/**
 * @param image dark writing on light, evenly lit paper
 * @param small the same as {@link lookSmall} gives it
 */
export function lookAt(image: GrayImage, small = lookSmall(image)): Look {
  const threshold = otsuThreshold(histogramOf(image));
  const lines = findLines(small, threshold);
  const writing = measureWriting(findComponents(image, threshold), image.dpi, lines.sideways);
  return { lines, writing, dirty: writing.specks > Math.max(FEWEST_SPECKS, DIRTY * writing.letters) };
}
