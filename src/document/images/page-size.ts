/** Pixels per inch across and down. */
export interface Resolution {
  readonly x: number;
  readonly y: number;
}

/** Long sides in inches between which a sheet is likely: a little under A4/Letter up to A3. */
const LIKELY_LEAST = 10;
const LIKELY_MOST = 17.5;
/** How many times longer than wide a sheet or a screen may be; what is longer was scrolled, unrolled or joined, and its length says nothing. */
const MOST_ELONGATED = 2.5;
/** How many times longer than wide the sheets of the A series are. */
const ELONGATION = Math.SQRT2;
/** Fax is 204 x 98; anything more uneven is a mistake. */
const MOST_UNEVEN = 2.5;
/** Points of the shortest and the longest side a PDF page may have (ISO 32000-1, annex C). */
const LEAST_POINTS = 3;
const MOST_POINTS = 14_400;

/**
 * The resolution an image is taken to have.
 *
 * What its own data say is believed between 72 and 1200 dpi. 72 and 96 are also what programs write that know nothing, so
 * these two are believed only when the page gets no larger than A3.
 *
 * Without a believable resolution: 300 dpi when that makes a sheet of A4 to A3; smaller images are taken for 200 dpi
 * scans, and below 1,400 pixels for 100 dpi (screenshots, thumbnails, which gain from being enlarged for recognition);
 * larger ones, as from cameras, are made as large as A3. Images longer than any sheet (scrolled pages, receipts) are judged by the sheet
 * that is as wide as they are: squeezed onto A3, their writing would become too small to be read.
 */
export function resolutionOf(width: number, height: number, told: Resolution | undefined): Resolution {
  if (told !== undefined && isBelievable(told, width, height)) return told;
  const dpi = guessDpi(Math.max(width, height), Math.min(width, height));
  return { x: dpi, y: dpi };
}

/** Size in points of an image of so many pixels, made larger or smaller as a whole where PDF does not allow it. */
export function pointsOf(width: number, height: number, resolution: Resolution): { width: number; height: number } {
  const points = { width: (width / resolution.x) * 72, height: (height / resolution.y) * 72 };
  const grown = Math.max(1, LEAST_POINTS / Math.min(points.width, points.height));
  const scale = Math.min(grown, MOST_POINTS / Math.max(points.width, points.height));
  return { width: points.width * scale, height: points.height * scale };
}

function isBelievable({ x, y }: Resolution, width: number, height: number): boolean {
  const within = (dpi: number) => dpi >= 72 && dpi <= 1200;
  if (!within(x) || !within(y) || Math.max(x, y) / Math.min(x, y) > MOST_UNEVEN) return false;
  const isDefault = x === y && (Math.round(x) === 72 || Math.round(x) === 96);
  return !isDefault || Math.max(width / x, height / y) <= LIKELY_MOST;
}

function guessDpi(long: number, short: number): number {
  const sheet = long > short * MOST_ELONGATED ? short * ELONGATION : long;
  if (sheet / 300 > LIKELY_MOST) return sheet / 16.5;
  if (sheet / 300 >= LIKELY_LEAST) return 300;
  return long >= 1400 ? 200 : 100;
}
