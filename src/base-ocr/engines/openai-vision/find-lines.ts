import type { PixelBox } from '../ocr-engine.js';
import { type Ink, stretches } from './ink.js';

/** Least width of the gap between two columns, as a part of the page's width, and of each column. */
const GUTTER = 0.02;
const COLUMN = 0.15;
/** Lines that must stand beside a gap for it to part columns: fewer may be words far apart. */
const COLUMN_LINES = 3;
/** Height from which rows with ink may be several lines that touch, in medians; and the ink there is between them, in means. */
const TOUCHING = 1.6;
const THIN = 0.25;
/** Heights of what is taken for a line of text, in medians of all found: less is a rule or dirt, more a picture. */
const FLATTEST = 0.3;
const TALLEST = 4;

/**
 * The lines of text on a page, in cells, in reading order: found by where rows and columns have no ink. A page is cut into
 * columns where a gap runs down it, else at wide gaps between its lines, and so on with the pieces; what cannot be cut
 * any more is lines.
 */
export function findLines(ink: Ink): PixelBox[] {
  const lines = cut(ink, { x0: 0, y0: 0, x1: ink.width, y1: ink.height });
  const usual = median(lines.map(heightOf));
  return lines.filter((line) => heightOf(line) >= usual * FLATTEST && heightOf(line) <= usual * TALLEST);
}

function cut(ink: Ink, region: PixelBox): PixelBox[] {
  const bands = bandsOf(ink, region);
  if (bands.length >= COLUMN_LINES) {
    const gutter = gutterOf(ink, region, median(bands.map(heightOf)));
    if (gutter !== undefined)
      return [
        { ...region, x1: gutter },
        { ...region, x0: gutter },
      ].flatMap((half) => cut(ink, half));
    const parts = atWideGaps(bands);
    if (parts.length > 1) {
      return parts.flatMap((part) => cut(ink, { ...region, y0: part[0]?.y0 ?? 0, y1: part.at(-1)?.y1 ?? 0 }));
    }
  }
  return bands;
}

/**
 * Rows with ink that follow each other, each cut to its ink. Lines that touch, as on crooked pages, are parted; dots and accents
 * that stand off are put back to their line.
 */
function bandsOf(ink: Ink, region: PixelBox): PixelBox[] {
  const rows = ink.rows(region);
  const whole = stretches(rows);
  const usual = median(whole.map(([from, to]) => to - from));
  const found = whole
    .flatMap((band) => partTouching(rows, band, usual))
    .map(([from, to]) => [region.y0 + from, region.y0 + to] as [number, number]);
  const joined: [number, number][] = [];
  for (const [from, to] of found) {
    const last = joined.at(-1);
    const flat = last !== undefined && Math.min(to - from, last[1] - last[0]) < usual * 0.4;
    if (last !== undefined && flat && from - last[1] < usual * 0.25) last[1] = to;
    else joined.push([from, to]);
  }
  return joined.map(([y0, y1]) => {
    const columns = stretches(ink.columns({ ...region, y0, y1 }));
    return { x0: region.x0 + (columns[0]?.[0] ?? 0), y0, x1: region.x0 + (columns.at(-1)?.[1] ?? 0), y1 };
  });
}

/** Cuts a band as high as several lines at the rows with the least ink about where lines should end, if that is little. */
function partTouching(rows: Uint32Array, [from, to]: [number, number], usual: number): [number, number][] {
  const count = Math.round((to - from) / usual);
  if (to - from < usual * TOUCHING || count < 2) return [[from, to]];
  const height = (to - from) / count;
  const mean = rows.subarray(from, to).reduce((sum, row) => sum + row, 0) / (to - from);
  const cuts: number[] = [];
  for (let i = 1; i < count; i++) {
    const at = from + Math.round(i * height);
    const reach = Math.round(height * 0.3);
    let thinnest = at;
    for (let y = at - reach; y <= at + reach; y++) if ((rows[y] ?? 0) < (rows[thinnest] ?? 0)) thinnest = y;
    if ((rows[thinnest] ?? 0) > mean * THIN) return [[from, to]];
    cuts.push(thinnest);
  }
  return [from, ...cuts].map((start, i) => [start, cuts[i] ?? to]);
}

/** The middle of the widest gap that runs down a region with enough on both sides. */
function gutterOf(ink: Ink, region: PixelBox, lineHeight: number): number | undefined {
  const filled = stretches(ink.columns(region));
  const [first, last] = [filled[0]?.[0] ?? 0, filled.at(-1)?.[1] ?? 0];
  const [leastGap, leastColumn] = [Math.max(ink.width * GUTTER, lineHeight), ink.width * COLUMN];
  let widest: [number, number] | undefined;
  for (let i = 1; i < filled.length; i++) {
    const gap: [number, number] = [filled[i - 1]?.[1] ?? 0, filled[i]?.[0] ?? 0];
    const wide = gap[1] - gap[0] >= leastGap && gap[0] - first >= leastColumn && last - gap[1] >= leastColumn;
    if (wide && (widest === undefined || gap[1] - gap[0] > widest[1] - widest[0])) widest = gap;
  }
  return widest === undefined ? undefined : region.x0 + Math.round((widest[0] + widest[1]) / 2);
}

/** Parts lines where the gap between two is much wider than usual: a heading from the columns below it. */
function atWideGaps(bands: readonly PixelBox[]): PixelBox[][] {
  const gaps = bands.slice(1).map((band, i) => band.y0 - (bands[i]?.y1 ?? 0));
  const wide = Math.max(median(gaps) * 1.6, median(bands.map(heightOf)) * 0.5);
  const parts: PixelBox[][] = [];
  bands.forEach((band, i) => {
    if (i === 0 || (gaps[i - 1] ?? 0) > wide) parts.push([band]);
    else parts.at(-1)?.push(band);
  });
  return parts;
}

function heightOf(box: PixelBox): number {
  return box.y1 - box.y0;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
