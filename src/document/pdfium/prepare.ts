import { chooseDpi, mostDpi, ownDpi } from '../choose-dpi.js';
import type { GrayImage } from '../document.types.js';
import type { Box } from '../page-result.js';
import { preparePage } from '../preparation/prepare-page.js';
import { resample } from '../preparation/scale.js';
import type { PreparationRequest, PreparedPage } from '../preparation/preparation.types.js';
import { drawGray } from './draw.js';
import type { OpenDocument } from './open-documents.js';
import { coverageOf, dpiOf } from './page-content.js';
import { readObjects, type PlacedImage } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';
import type { ScanImage } from '../scan/scan-image.js';
import { scanPixels } from './scan-pixels.js';

/** How a page is prepared. */
export interface PrepareOptions {
  readonly request: PreparationRequest;
  readonly maxPixels: number;
  /** The image the page consists of, where that is so. */
  readonly scan: ScanImage | null;
}

/**
 * Prepares the page's image for an engine: the scan's own pixels where the page is nothing else, else the page drawn.
 * @throws OcrError page_too_large, render_failed
 */
export function prepare(
  pdfium: Pdfium,
  document: OpenDocument,
  page: LoadedPage,
  { request, maxPixels, scan }: PrepareOptions,
): PreparedPage {
  const { images, hasVectors } = readObjects(pdfium, page);
  let own: GrayImage | null | undefined = scan === null || hasVectors ? null : undefined;
  const facts = {
    width: page.width,
    height: page.height,
    images: images
      .map((image) => ({ coverage: coverageOf(image, page), dpi: dpiOf(image) }))
      .toSorted((a, b) => b.coverage - a.coverage),
  };
  return preparePage(
    {
      dpi: chooseDpi(facts, 0, maxPixels),
      ownDpi: ownDpi(facts),
      mostDpi: mostDpi(page, maxPixels),
      draw: (dpi) => {
        if (own === undefined && scan !== null) own = scanPixels(pdfium, page, images, scan);
        // Enlarging is left to PDFium, whose smooth curves are read better than straight ones between the pixels.
        if (own && dpi <= own.dpi) return own.dpi === dpi ? { ...own, data: new Uint8Array(own.data) } : resample(own, dpi);
        const drawn = drawGray(pdfium, document, page, dpi, maxPixels);
        if (request.picturesBeside !== null) keepPictures(drawn, images, request.picturesBeside);
        return drawn;
      },
    },
    request,
  );
}

/** Leaves nothing but the places of the images, without those of the text. */
function keepPictures(drawn: GrayImage, images: readonly PlacedImage[], text: readonly Box[]): void {
  const { width, height, data, dpi } = drawn;
  const keep = new Uint8Array(data.length);
  const pixel = (points: number, most: number) => Math.min(most, Math.max(0, Math.round((points * dpi) / 72)));
  const paint = (box: Box, value: number) => {
    const [x0, x1] = [pixel(box.x0, width), pixel(box.x1, width)];
    for (let y = pixel(box.y0, height); y < pixel(box.y1, height); y++) keep.fill(value, y * width + x0, y * width + x1);
  };
  for (const { box } of images) paint(box, 1);
  for (const box of text) paint(box, 0);
  for (let i = 0; i < data.length; i++) if (keep[i] === 0) data[i] = 255;
}
