import type { PageContent } from './document.types.js';

export type PageSize = Pick<PageContent, 'width' | 'height' | 'images' | 'pictured'>;

/**
 * The resolution pages are drawn at when nothing speaks for another. Measured on tesseract: at 200 dpi ordinary print is read
 * faster and with fewer errors than at 300, whose letters are larger than its models were trained on.
 */
const USUAL_DPI = 200;
/** Scans from here up to the usual resolution are drawn as they are: resampling would only blur them. */
const LEAST_NATIVE_DPI = 150;
/** Share of the page its images cover together to be the page. */
const WHOLE_PAGE = 0.8;
/** Share of the page images must cover to be those that carry its writing: over a coarse background, say, in a mask of their own. */
const WRITING = 0.33;
/** A scan of more than this resolution has a page that says nothing of its true size: it has a /UserUnit, say, or one pixel a point was meant. */
const PLAUSIBLE_DPI = 1000;
/** The resolution such a scan is taken to have. */
const ORDINARY_DPI = 300;

/** Most pixels a side of a page image may have: tesseract keeps coordinates in 16 bits. */
export const MAX_SIDE = 32_767;

/** How many times larger than it says a page is taken to be when it is read: 1, but for scans of a resolution no scanner has. */
export function enlargementOf(content: PageSize): number {
  const own = ownDpi(content);
  return own !== undefined && own > PLAUSIBLE_DPI ? own / ORDINARY_DPI : 1;
}

/** The page so many times larger. */
export function enlarge({ width, height, images, pictured }: PageSize, times: number): PageSize {
  return {
    width: width * times,
    height: height * times,
    images: images.map(({ coverage, dpi }) => ({ coverage, dpi: dpi / times })),
    pictured,
  };
}

/**
 * The resolution to draw a page at for recognition, in pixels per inch.
 *
 * - `asked` above 0 is taken;
 * - a page that is nothing but images: their own resolution between 150 and 200; coarser ones are drawn at 200, so that
 *   letters get the size the engine knows, finer ones too;
 * - anything else: 200;
 * - always lowered so that the drawn page keeps within `maxPixels` and {@link MAX_SIDE}, if need be.
 */
export function chooseDpi(content: PageSize, asked: number, maxPixels = Number.POSITIVE_INFINITY): number {
  return Math.min(asked > 0 ? asked : usualDpi(content), mostDpi(content, maxPixels));
}

/** The highest resolution at which the drawn page keeps within `maxPixels`, and its sides within {@link MAX_SIDE} however it is turned. */
export function mostDpi({ width, height }: Pick<PageContent, 'width' | 'height'>, maxPixels: number): number {
  const squareInches = (width / 72) * (height / 72);
  const diagonalInches = Math.hypot(width, height) / 72;
  // Half a pixel may be rounded up on each side, so a little is left free.
  return Math.max(1, Math.floor(Math.min(Math.sqrt((maxPixels * 0.999) / squareInches), (MAX_SIDE - 1) / diagonalInches)));
}

/**
 * The resolution of the images that are the page, be it one, strips, or layers of different resolutions; undefined when the page is
 * anything else. Of layers it is the finest one's that covers much of the page: writing lies there.
 */
export function ownDpi({ images, pictured }: Pick<PageContent, 'images' | 'pictured'>): number | undefined {
  if (pictured < WHOLE_PAGE) return undefined;
  let covered = 0;
  const finestFirst = images.toSorted((a, b) => b.dpi - a.dpi);
  const carrier = finestFirst.find(({ coverage }) => (covered += coverage) >= WRITING);
  return carrier === undefined || carrier.dpi <= 0 ? undefined : carrier.dpi;
}

function usualDpi(content: PageSize): number {
  const own = ownDpi(content);
  return own !== undefined && own >= LEAST_NATIVE_DPI && own < USUAL_DPI ? own : USUAL_DPI;
}
