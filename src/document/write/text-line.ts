import type { Box, PageLine } from '../page-result.js';
import { DESCENT, UNITS_PER_EM } from './glyphless-font-file.js';
import { isRightToLeft } from './visual-order.js';

/** A line counts as leaning when its words together are this much taller than its tallest word. */
const LEANING_HEIGHT = 1.4;
const SMALLEST_SIZE = 0.5;

/** A word on its line: where it starts and ends along the line's direction, in points. */
export interface PlacedWord {
  text: string;
  start: number;
  end: number;
}

/** A line ready to be set: its frame is turned by `angle` (radians, clockwise) from the page as displayed. */
export interface PlacedLine {
  angle: number;
  /** Font size in points: the line's height. */
  size: number;
  /** Distance of the baseline from the origin, across the line's direction. */
  baseline: number;
  /** From left to right as they stand on paper. */
  words: PlacedWord[];
}

interface Extent extends Box {
  text: string;
}

/**
 * Lays a recognised line out along one straight baseline. The font's ascent and descent together are the line's height, so what a
 * viewer marks covers the line. Lines that lean (skewed scans) get a baseline that leans with them. Null for a line without text.
 */
export function placeLine(line: PageLine, angle: 0 | 90 | 180 | 270): PlacedLine | null {
  const turn = (angle * Math.PI) / 180;
  const words = line.words
    .map((word) => ({ text: clean(word.text), ...turnBox(word.box, turn) }))
    .filter(({ text, x0, x1, y0, y1 }) => text !== '' && [x0, x1, y0, y1].every(Number.isFinite));
  if (words.length === 0) return null;
  // readers put a mixed line in order by what stands where; a plain one keeps the engine's order
  if (words.some((word) => isRightToLeft(word.text))) words.sort((a, b) => a.x0 - b.x0);
  const tallest = Math.max(...words.map((word) => word.y1 - word.y0));
  const top = Math.min(...words.map((word) => word.y0));
  const bottom = Math.max(...words.map((word) => word.y1));
  const leaning = words.length > 1 && bottom - top > LEANING_HEIGHT * tallest;
  return leaning ? leaningLine(words, turn, tallest) : levelLine(words, turn, bottom - top, bottom);
}

function levelLine(words: Extent[], angle: number, height: number, bottom: number): PlacedLine {
  const size = Math.max(height, SMALLEST_SIZE);
  const placed = words.map(({ text, x0, x1 }) => ({ text, start: x0, end: x1 }));
  return { angle, size, baseline: baselineAbove(bottom, size), words: placed };
}

function leaningLine(words: Extent[], turn: number, tallest: number): PlacedLine {
  const size = Math.max(tallest, SMALLEST_SIZE);
  const lean = Math.atan(slopeOf(words));
  const [sin, cos] = [Math.sin(lean), Math.cos(lean)];
  const across: number[] = [];
  const placed = words.map(({ text, x0, x1, y0, y1 }) => {
    const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
    const middle = x * cos + y * sin;
    across.push(y * cos - x * sin);
    return { text, start: middle - (x1 - x0) / 2, end: middle + (x1 - x0) / 2 };
  });
  const middle = across.sort((a, b) => a - b)[across.length >> 1] ?? 0;
  return { angle: turn + lean, size, baseline: baselineAbove(middle + size / 2, size), words: placed };
}

/** Least squares through the words' middles. */
function slopeOf(words: Extent[]): number {
  const points = words.map((word) => [(word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2] as const);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

function baselineAbove(bottom: number, size: number): number {
  return bottom + (size * DESCENT) / UNITS_PER_EM;
}

/** The box as seen with the head turned by `turn` (a multiple of 90 degrees): x along the line, y across it. */
function turnBox(box: Box, turn: number): Box {
  const [sin, cos] = [Math.round(Math.sin(turn)), Math.round(Math.cos(turn))];
  const xs = [box.x0 * cos + box.y0 * sin, box.x1 * cos + box.y1 * sin];
  const ys = [box.y0 * cos - box.x0 * sin, box.y1 * cos - box.x1 * sin];
  return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
}

/** No control characters: they mean nothing on paper, and a line break in a word would break a line in the reader. */
function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
