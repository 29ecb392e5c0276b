import type { GrayImage } from '../document.types.js';
import type { Box } from '../page-result.js';
import { drawGray } from './draw.js';
import type { OpenDocument } from './open-documents.js';
import type { PageObjects } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** How a page's pictures are drawn. */
export interface PicturesOptions {
  readonly objects: PageObjects;
  /** Places of the words of the page's own text. */
  readonly words: readonly Box[];
  readonly maxPixels: number;
}

/**
 * Draws what the page's images show, as if the page had no text of its own: under a stamp or a watermark, however it leans, stands what the
 * image shows there. What lies outside of the images is white, and so is the place of each word nobody sees: an image is drawn over it, and most
 * likely shows that very word. From the first drawing on, the page is without its text.
 * @throws OcrError those of {@link drawGray}
 */
export function picturesOf(
  pdfium: Pdfium,
  document: OpenDocument,
  page: LoadedPage,
  { objects, words, maxPixels }: PicturesOptions,
): (dpi: number) => GrayImage {
  const { images, texts } = objects;
  const draw = (dpi: number) => drawGray(pdfium, document, page, dpi, maxPixels);
  const onImages = words.filter((word) => images.some(({ box }) => overlap(box, word)));
  let unseen: Box[] | undefined;
  return (dpi) => {
    const withText = unseen === undefined && onImages.length > 0 ? draw(dpi) : undefined;
    for (const text of texts) pdfium.api.FPDFPageObj_SetIsActive(text, 0);
    const drawn = draw(dpi);
    unseen ??= withText === undefined ? [] : onImages.filter((word) => looksTheSame(withText, drawn, word));
    keepPlaces(
      drawn,
      images.map(({ box }) => box),
      unseen,
    );
    return drawn;
  };
}

function overlap(a: Box, b: Box): boolean {
  return Math.min(a.x1, b.x1) > Math.max(a.x0, b.x0) && Math.min(a.y1, b.y1) > Math.max(a.y0, b.y0);
}

/** Whether both images, of one size, show the same in this place. */
function looksTheSame(a: GrayImage, b: GrayImage, place: Box): boolean {
  return rowsWithin(a, place).every(([from, to]) => Buffer.compare(a.data.subarray(from, to), b.data.subarray(from, to)) === 0);
}

/** Leaves nothing but these places, without the others. */
function keepPlaces(image: GrayImage, kept: readonly Box[], without: readonly Box[]): void {
  const keep = new Uint8Array(image.data.length);
  for (const place of kept) for (const [from, to] of rowsWithin(image, place)) keep.fill(1, from, to);
  for (const place of without) for (const [from, to] of rowsWithin(image, place)) keep.fill(0, from, to);
  for (let i = 0; i < keep.length; i++) if (keep[i] === 0) image.data[i] = 255;
}

/** Where the rows of a place begin and end among the image's pixels. */
function rowsWithin({ width, height, dpi }: GrayImage, { x0, y0, x1, y1 }: Box): [from: number, to: number][] {
  const pixel = (points: number, most: number) => Math.min(most, Math.max(0, Math.round((points * dpi) / 72)));
  const [left, right, top, bottom] = [pixel(x0, width), pixel(x1, width), pixel(y0, height), pixel(y1, height)];
  return Array.from({ length: bottom - top }, (_, row) => [(top + row) * width + left, (top + row) * width + right]);
}
