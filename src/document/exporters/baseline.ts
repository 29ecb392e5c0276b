import type { PageLine } from '../page-result.js';

/** Letters and marks that reach below the line, and marks that hang above it: the bottom of such a word tells nothing. */
const OFF_THE_LINE = /[gjpqyQç,;()[\]{}|/@§µßβγζημξρφχψцщруф'"“”‘’`^*°~\-–—_=+<>]/u;
/** Where the line is when no word tells, in parts of its height from below. */
const USUAL_DESCENT = 0.2;

/** The straight line a line of text stands on: `y` at `x` is `intercept + slope * x`, in points of the page as displayed. */
export interface Baseline {
  slope: number;
  intercept: number;
}

/** Fits the baseline through the feet of the words that stand on it; null for lines that run in another direction than across. */
export function baselineOf(line: PageLine): Baseline | null {
  if (line.angle !== undefined && line.angle !== 0) return null;
  const feet = line.words
    .filter(({ text }) => !OFF_THE_LINE.test(text))
    .map(({ box }) => ({ x: (box.x0 + box.x1) / 2, y: box.y1 }));
  const count = feet.length;
  if (count === 0) return { slope: 0, intercept: line.box.y1 - USUAL_DESCENT * (line.box.y1 - line.box.y0) };
  const [meanX, meanY] = [feet.reduce((sum, { x }) => sum + x, 0) / count, feet.reduce((sum, { y }) => sum + y, 0) / count];
  const spread = feet.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const rise = feet.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  // two or three feet lie about too much to tell a slope
  const slope = count < 4 || spread === 0 ? 0 : rise / spread;
  return { slope, intercept: meanY - slope * meanX };
}
