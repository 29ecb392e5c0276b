import type { GrayImage } from '../document.types.js';
import { findComponents } from './components.js';
import { inkDepth } from './ink-depth.js';
import { shrink } from './scale.js';
import { findLines, type Lines } from './skew.js';
import { measureWriting, type Writing } from './text-height.js';
import { histogramOf, otsuThreshold, paperTone, percentile } from './tones.js';

/** Paper darker than this on most of the page is no paper: the page is a negative. */
const DARK_PAPER = 96;
/**
 * Gray levels between ink and paper below which print is faint, in an image of {@link LOOK_DPI}, where thin strokes are lighter than they are: ordinary
 * print has 150 and more, clean four-point print 110. Evening out the tones softens and thickens letters, so that print that stands out
 * (from about 80 on) is read better without it; at 56 it makes no difference, at 40 nothing is read well without.
 */
const FAINT_DEPTH = 64;
/** Gray levels the paper's tone may differ over the page. */
const UNEVEN = 50;
/**
 * Share of the ink's depth by which the darkest paper must be lighter than the tone that is to part ink from it. Even and well-written pages have
 * 0.35 to 0.5; where that tone lies in a shadow, or in the paper's noise for want of ink, it is below 0.25.
 */
const CLEARLY_LIGHTER = 0.25;
/** Side of the fields the two are measured in, in inches. */
const FIELD_INCHES = 0.4;
/** Resolution the lines and the tones are looked for at. At half of it small print, whose strokes are thinner than a pixel, would look faint. */
const LOOK_DPI = 100;
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

/** The image as small as the lines and the tones are looked for on. */
export function lookSmall(image: GrayImage): GrayImage {
  return shrink(image, Math.max(1, Math.round(image.dpi / LOOK_DPI)));
}

/**
 * Whether writing hardly stands out from the paper, or a single tone does not part the two everywhere.
 * @param small the same as {@link lookSmall} gives it
 */
export function needsContrast(image: GrayImage, small = lookSmall(image)): boolean {
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
  const depth = inkDepth(depths);
  const [darkest, lightest] = [at(papers, 0.1), at(papers, 0.95)];
  if (depth < FAINT_DEPTH || lightest - darkest > UNEVEN) return true;
  return darkest - otsuThreshold(histogramOf(image)) < CLEARLY_LIGHTER * depth;
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
