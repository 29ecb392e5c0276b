import type { Box, PageLine } from '../page-result.js';
import { DESCENT, UNITS_PER_EM } from './glyphless-font-file.js';
import { isRightToLeft } from './visual-order.js';

/** A line counts as leaning when its words together are this much taller than its tallest word. */
const LEANING_HEIGHT = 1.4;
const SMALLEST_SIZE = 0.5;
/** Lines whose sizes differ by no more than this from their paragraph's middle one are of one type. */
const SAME_TYPE = 0.15;

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
  /** The line must be one piece of text: PDFium puts the pieces of a line in order from left to right, however it is turned. */
  inOnePiece: boolean;
}

interface Extent extends Box {
  text: string;
}

/**
 * Lays a paragraph's lines out. What a viewer marks should be of one height in lines of one type: a line whose ink is a little higher or
 * lower than the others', for want of letters that reach up or down, gets their size.
 * @param orientation of the page's result: a page image that had to be turned to stand upright holds its lines turned the other way
 */
export function placeParagraph(lines: readonly PageLine[], orientation: 0 | 90 | 180 | 270): PlacedLine[] {
  const turned = ((360 - orientation) % 360) as 0 | 90 | 180 | 270;
  const placed = lines.map((line) => placeLine(line, line.angle ?? turned)).filter((line) => line !== null);
  const middle = placed.map((line) => line.size).sort((a, b) => a - b)[placed.length >> 1] ?? 0;
  return placed.map((line) => {
    const alike = Math.abs(line.size - middle) <= SAME_TYPE * middle;
    return resized(line, roundSize(alike ? middle : line.size));
  });
}

/** The line in another size, its middle where it was. */
function resized(line: PlacedLine, size: number): PlacedLine {
  const rise = 0.5 + DESCENT / UNITS_PER_EM;
  return { ...line, size, baseline: line.baseline + (size - line.size) * rise };
}

/** To half points, where that is fine enough. */
function roundSize(size: number): number {
  return size < 8 ? Math.round(size * 10) / 10 : Math.round(size * 2) / 2;
}

/**
 * Lays a recognised line out along one straight baseline. The font's ascent and descent together are the line's height, so what a
 * viewer marks covers the line. Lines that lean (skewed scans) get a baseline that leans with them. Null for a line without text.
 */
function placeLine(line: PageLine, angle: 0 | 90 | 180 | 270): PlacedLine | null {
  const turn = (angle * Math.PI) / 180;
  const words = line.words
    // what the page's own text says is found already
    .filter((word) => !word.own)
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
  return { angle, size, baseline: baselineAbove(bottom, size), words: placed, inOnePiece: angle !== 0 };
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
  const baseline = baselineAbove(middle + size / 2, size);
  return { angle: turn + lean, size, baseline, words: placed, inOnePiece: turn !== 0 };
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
