/**
 * Heights of small letters, in pixels, between which nothing is to be gained from another resolution. Measured on tesseract: from 10 to
 * 20 pixels its error rate is at its least; below it grows fast, above slowly, while the time grows with the pixels.
 */
const LEAST = 10.5;
const MOST = 44;
/** Where to aim when it is outside: small print grows to this, huge print shrinks to the other. */
const AIM_SMALL = 14;
const AIM_HUGE = 26;
const HIGHEST_DPI = 400;
const LOWEST_DPI = 100;
/** Pixels made up beyond this multiple of an image's own resolution tell nothing. */
const MOST_ENLARGED = 2;

/**
 * The resolution that suits writing whose small letters are `xHeight` inches high.
 * @param dpi what the page was drawn at
 * @param ownDpi the resolution of the image that is the page; absent when the page is drawn from type
 */
export function suitingDpi(xHeight: number | null, dpi: number, ownDpi?: number): number {
  if (xHeight === null) return dpi;
  const pixels = xHeight * dpi;
  if (pixels > MOST) return Math.max(LOWEST_DPI, Math.round(AIM_HUGE / xHeight));
  if (pixels >= LEAST) return dpi;
  const highest = Math.min(HIGHEST_DPI, ownDpi === undefined ? HIGHEST_DPI : MOST_ENLARGED * ownDpi);
  return Math.max(dpi, Math.min(highest, Math.round(AIM_SMALL / xHeight)));
}
