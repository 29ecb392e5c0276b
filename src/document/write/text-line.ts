import { largestOf, smallestOf } from '../extremes.js';
import type { Box, PageLine } from '../page-result.js';
import { cutOf, nearestCut, usualReach, WHOLE_CUT, type Cut, type Reach } from './letter-reach.js';
import { middleOf } from './middle.js';
import { isRightToLeft } from './visual-order.js';

/** A line counts as leaning when its baseline rises or falls by more than this part of its words' height. */
const LEANING = 0.15;
/** Fewer words than this tell nothing of how their line leans. */
const LEAST_TO_LEAN = 3;
/** Leans are rounded to steps of this many radians, so that the lines of a page have them in common. */
const LEAN_STEP = Math.PI / 1800;
const SMALLEST_SIZE = 0.5;
/** Lines whose sizes differ by no more than this from their paragraph's middle one are of one type. */
const SAME_TYPE = 0.08;

/** A word on its line: where it starts and ends along the line's direction, in points, and how far it reaches across it. */
export interface PlacedWord {
  text: string;
  start: number;
  end: number;
  cut: Cut;
  reach: Reach;
}

/** A line ready to be set: its frame is turned by `angle` (radians, clockwise) from the page as displayed. */
export interface PlacedLine {
  angle: number;
  /** Font size in points. */
  size: number;
  /** Distance of the baseline from the origin, across the line's direction. */
  baseline: number;
  /** From left to right as they stand on paper. */
  words: PlacedWord[];
}

interface Extent extends Box {
  text: string;
}

/** A line's words in its frame, before its size is settled. */
interface MeasuredLine {
  angle: number;
  size: number;
  words: Extent[];
}

/** Lays a paragraph's lines out. Lines of one type get one size: one estimate from all of them is better than one from each. */
export function placeParagraph(lines: readonly PageLine[]): PlacedLine[] {
  const measured = lines.map((line) => measureLine(line, line.angle ?? 0)).filter((line) => line !== null);
  const middle = middleOf(measured.map((line) => line.size)) ?? 0;
  return measured.map((line) => {
    const alike = Math.abs(line.size - middle) <= SAME_TYPE * middle;
    return placeLine(line, roundSize(alike ? middle : line.size));
  });
}

/** To two or three digits, so that neighbouring paragraphs share a size. */
function roundSize(size: number): number {
  const step = size < 8 ? 0.1 : size < 16 ? 0.2 : 0.5;
  return Math.max(Math.round(size / step) * step, SMALLEST_SIZE);
}

/** The line's words as seen along its own direction. Null for a line without text. */
function measureLine(line: PageLine, angle: 0 | 90 | 180 | 270): MeasuredLine | null {
  const turn = (angle * Math.PI) / 180;
  const words = line.words
    // what the page's own text says is found already
    .filter((word) => !word.own)
    .map((word) => ({ text: clean(word.text), ...turnBox(word.box, turn) }))
    .filter(({ text, x0, x1, y0, y1 }) => text !== '' && [x0, x1, y0, y1].every(Number.isFinite));
  if (words.length === 0) return null;
  // readers put a mixed line in order by what stands where; a plain one keeps the engine's order
  if (words.some((word) => isRightToLeft(word.text))) words.sort((a, b) => a.x0 - b.x0);
  const lean = leanOf(words);
  const own = lean === 0 ? words : words.map((word) => ({ text: word.text, ...leanBox(word, lean) }));
  return { angle: turn + lean, size: sizeOf(own), words: own };
}

/** The size at which the words are as high as their letters are in a usual book face. */
function sizeOf(words: readonly Extent[]): number {
  const sizes = words.flatMap(({ text, y0, y1 }) => {
    const cut = cutOf(text);
    if (cut === null) return [];
    const { up, down } = usualReach(cut);
    return [(y1 - y0) / (up + down)];
  });
  const { up, down } = usualReach(WHOLE_CUT);
  const tallest = largestOf(words.map(({ y0, y1 }) => y1 - y0));
  return middleOf(sizes) ?? tallest / (up + down);
}

function placeLine({ angle, words }: MeasuredLine, size: number): PlacedLine {
  const baseline = middleOf(words.map((word) => baselineUnder(word, size))) ?? 0;
  const placed = words.map(({ text, x0, x1, y0, y1 }) => {
    const reach = { up: (baseline - y0) / size, down: (y1 - baseline) / size };
    return { text, start: x0, end: x1, reach, cut: nearestCut(reach) };
  });
  return { angle, size, baseline, words: placed };
}

function baselineUnder({ text, y1 }: Extent, size: number): number {
  return y1 - usualReach(cutOf(text) ?? 0).down * size;
}

/** How far the line leans (radians, clockwise), by where its words stand; 0 when it is as good as level. */
function leanOf(words: readonly Extent[]): number {
  if (words.length < LEAST_TO_LEAN) return 0;
  const height = middleOf(words.map((word) => word.y1 - word.y0)) ?? 0;
  const slope = slopeOf(words.map((word) => [(word.x0 + word.x1) / 2, baselineUnder(word, height)]));
  const length = largestOf(words.map((word) => word.x1)) - smallestOf(words.map((word) => word.x0));
  if (Math.abs(slope) * length < LEANING * height) return 0;
  return Math.round(Math.atan(slope) / LEAN_STEP) * LEAN_STEP;
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

/** The box as seen with the head turned by `turn` (a multiple of 90 degrees): x along the line, y across it. */
function turnBox(box: Box, turn: number): Box {
  const [sin, cos] = [Math.round(Math.sin(turn)), Math.round(Math.cos(turn))];
  const xs = [box.x0 * cos + box.y0 * sin, box.x1 * cos + box.y1 * sin];
  const ys = [box.y0 * cos - box.x0 * sin, box.y1 * cos - box.x1 * sin];
  return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
}

/** The leaning rectangle whose box this is, in a frame that leans alike. */
function leanBox({ x0, y0, x1, y1 }: Box, lean: number): Box {
  const [sin, cos] = [Math.sin(lean), Math.cos(lean)];
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [across, down] = [x1 - x0, y1 - y0];
  const [along, high] = [across * cos - down * Math.abs(sin), down * cos - across * Math.abs(sin)].map(
    (length) => length / Math.cos(2 * lean),
  ) as [number, number];
  const half = { along: Math.max(along, 0.9 * across) / 2, high: Math.max(high, down / 2) / 2 };
  const [middle, depth] = [x * cos + y * sin, y * cos - x * sin];
  return { x0: middle - half.along, x1: middle + half.along, y0: depth - half.high, y1: depth + half.high };
}

/** No control characters: they mean nothing on paper, and a line break in a word would break a line in the reader. */
function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
