import { freeMemory } from '../../threads/free-memory.js';
import { chooseDpi, enlarge, enlargementOf, mostDpi, ownDpi } from '../choose-dpi.js';
import type { GrayImage } from '../document.types.js';
import { preparePage } from '../preparation/prepare-page.js';
import { resample } from '../preparation/scale.js';
import type { PreparationRequest, PreparedPage } from '../preparation/preparation.types.js';
import { drawGray } from './draw.js';
import { picturesOf } from './draw-pictures.js';
import type { OpenDocument } from './open-documents.js';
import { describeImages } from './page-content.js';
import { readObjects } from './page-objects.js';
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
  const objects = readObjects(pdfium, page);
  const { images, hasVectors } = objects;
  let own: GrayImage | null | undefined = scan === null || hasVectors ? null : undefined;
  const described = {
    width: page.width,
    height: page.height,
    ...describeImages(images, page),
  };
  const { picturesBeside: words } = request;
  const draw =
    words === null
      ? (dpi: number) => drawGray(pdfium, document, page, dpi, maxPixels)
      : picturesOf(pdfium, document, page, { objects, words, maxPixels });
  // A resolution that is asked for is one of the page as it is.
  const enlarged = request.dpi > 0 ? 1 : enlargementOf(described);
  const facts = enlarge(described, enlarged);
  const prepared = preparePage(
    {
      enlarged,
      dpi: chooseDpi(facts, 0, maxPixels),
      ownDpi: ownDpi(facts),
      mostDpi: mostDpi(facts, maxPixels),
      draw: (enlargedDpi) => {
        const dpi = enlargedDpi * enlarged;
        const asEnlarged = (image: GrayImage) => ({ ...image, dpi: enlargedDpi });
        if (own === undefined && scan !== null) own = scanPixels(pdfium, page, images, scan);
        // Enlarging is left to PDFium, whose smooth curves are read better than straight ones between the pixels.
        if (own && dpi <= own.dpi)
          return asEnlarged(own.dpi === dpi ? { ...own, data: new Uint8Array(own.data) } : resample(own, dpi));
        return asEnlarged(draw(dpi));
      },
    },
    request,
  );
  const used = own as GrayImage | null | undefined;
  if (used) freeMemory(used.data);
  return prepared;
}
