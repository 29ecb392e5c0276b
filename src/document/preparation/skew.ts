import type { GrayImage } from '../document.types.js';

/** How the lines of a page lie. */
export interface Lines {
  /** Degrees the lines are turned clockwise from level (from upright when `sideways`), -10..10. 0 when they tell nothing. */
  skew: number;
  /** True when the lines run down or up the image. */
  sideways: boolean;
  /** True when they look upside down, or, sideways, as if read from below to above. Only a hint. */
  reversed: boolean;
}

const MOST_SKEW = 10;
const COARSE_STEP = 0.5;
const FINE_STEP = 0.1;
/** Edge pixels looked at, in the search all over and close by; more add time and no precision. */
const COARSE_POINTS = 8_000;
const FINE_POINTS = 40_000;
const FEWEST_POINTS = 300;
/** Fewer, a handful of lines, say nothing of how the page stands: upright stems line up by chance. */
const FEWEST_TO_HINT = 1000;
/** How many times sharper than across the lines' profile must be along them to conclude anything. */
const CLEARLY = 1.25;
/** Share of the ink outside small letters that lies above them: about two thirds in upright Latin print. */
const REVERSED_SHARE = 0.42;

/**
 * Finds the direction of the lines by projection profiles: seen along the lines, lower edges of letters fall on few rows. All angles
 * up to 10 degrees are tried both ways, to a tenth of a degree.
 * @param image about 100 dpi is enough
 * @param threshold pixels below it are ink
 */
export function findLines(image: GrayImage, threshold: number): Lines {
  const { level, onEnd } = edgesOf(image, threshold);
  const lying = bestAngle(level);
  if (level.count < FEWEST_TO_HINT) return { skew: lying.clear ? lying.angle : 0, sideways: false, reversed: false };
  const standing = bestAngle(onEnd);
  const sideways = standing.sharpness > CLEARLY * lying.sharpness;
  const best = sideways ? standing : lying;
  if (!best.clear) return { skew: 0, sideways: false, reversed: false };
  return { skew: best.angle, sideways, reversed: looksReversed(inkOf(image, threshold, sideways), best.angle) };
}

/** Points seen with the image as it is, or turned a quarter counterclockwise, whose width and height are told. */
interface Points {
  readonly count: number;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly width: number;
  readonly height: number;
}

/** Pixels of ink with paper below them: as the image is, and as it is turned a quarter counterclockwise. */
function edgesOf({ width, height, data }: GrayImage, threshold: number): { level: Points; onEnd: Points } {
  const level = new PointList(width, height, data.length);
  const onEnd = new PointList(height, width, data.length);
  // The outermost pixels are the sheet's edge, not writing.
  const margin = Math.max(1, Math.round(Math.min(width, height) * 0.02));
  for (let y = margin; y < height - margin; y++) {
    for (let x = margin, at = y * width + margin; x < width - margin; x++, at++) {
      if (data[at] >= threshold) continue;
      if (data[at + width] >= threshold) level.add(x, y);
      if (data[at - 1] >= threshold) onEnd.add(y, width - 1 - x);
    }
  }
  return { level, onEnd };
}

function inkOf({ width, height, data }: GrayImage, threshold: number, sideways: boolean): Points {
  const ink = sideways ? new PointList(height, width, data.length) : new PointList(width, height, data.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if (data[at] >= threshold) continue;
      if (sideways) ink.add(y, width - 1 - x);
      else ink.add(x, y);
    }
  }
  return ink;
}

class PointList implements Points {
  count = 0;
  readonly x: Int32Array;
  readonly y: Int32Array;

  constructor(
    readonly width: number,
    readonly height: number,
    most: number,
  ) {
    this.x = new Int32Array(most);
    this.y = new Int32Array(most);
  }

  add(x: number, y: number): void {
    this.x[this.count] = x;
    this.y[this.count++] = y;
  }
}

/** An even choice of the points. */
function thinned({ x, y, count, width, height }: Points, most: number): Points {
  const step = Math.max(1, Math.ceil(count / most));
  const chosen = new PointList(width, height, Math.ceil(count / step));
  for (let i = 0; i < count; i += step) chosen.add(x[i], y[i]);
  return chosen;
}

function bestAngle(points: Points): { angle: number; sharpness: number; clear: boolean } {
  if (points.count < FEWEST_POINTS) return { angle: 0, sharpness: 0, clear: false };
  const coarse = thinned(points, COARSE_POINTS);
  const angles = Array.from({ length: (2 * MOST_SKEW) / COARSE_STEP + 1 }, (_, i) => i * COARSE_STEP - MOST_SKEW);
  const scores = angles.map((angle) => profileScore(coarse, angle));
  const near = angles[scores.indexOf(Math.max(...scores))];
  const usual = scores.toSorted((a, b) => a - b)[scores.length >> 1];
  const clear = Math.max(...scores) > CLEARLY * usual;

  const fine = thinned(points, FINE_POINTS);
  let best = { angle: 0, score: profileScore(fine, 0) };
  for (let step = -5; step <= 5; step++) {
    const angle = Math.round((near + step * FINE_STEP) * 10) / 10;
    const score = Math.abs(angle) > MOST_SKEW ? 0 : profileScore(fine, angle);
    if (score > best.score) best = { angle, score };
  }
  return { angle: best.angle, sharpness: best.score / fine.count, clear };
}

/** How many points lie on each row, seen under an angle. Rows above and below the image are there too. */
function profileOf({ x, y, count, width, height }: Points, angle: number): Int32Array {
  const slope = Math.tan((angle * Math.PI) / 180);
  const shift = Math.ceil(Math.abs(slope) * width);
  const rows = new Int32Array(height + 2 * shift + 2);
  // Never negative, so that cutting off rounds.
  for (let i = 0; i < count; i++) rows[(y[i] - slope * x[i] + shift + 0.5) | 0]++;
  return rows;
}

/** The sum of squares of the profile's steps from row to row, seen under an angle. */
function profileScore(points: Points, angle: number): number {
  const rows = profileOf(points, angle);
  let score = 0;
  for (let row = 1; row < rows.length; row++) {
    const change = rows[row] - rows[row - 1];
    score += change * change;
  }
  return score;
}

/** Compares the ink above and below small letters line by line: Latin print has more above (b d f h k l t, capitals, figures). */
function looksReversed(ink: Points, angle: number): boolean {
  const rows = profileOf(ink, angle);
  let above = 0;
  let below = 0;
  const gap = Math.max(2, 0.004 * ink.width);
  for (let row = 0; row < rows.length; row++) {
    if (rows[row] <= gap) continue;
    const start = row;
    let peak = 0;
    while (row < rows.length && rows[row] > gap) peak = Math.max(peak, rows[row++]);
    let first = start;
    while (rows[first] < 0.5 * peak) first++;
    let last = row - 1;
    while (rows[last] < 0.5 * peak) last--;
    for (let r = start; r < first; r++) above += rows[r];
    for (let r = last + 1; r < row; r++) below += rows[r];
  }
  return above + below > 200 && above / (above + below) < REVERSED_SHARE;
}
