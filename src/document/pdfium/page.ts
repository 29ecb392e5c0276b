import { OcrError } from '../../errors/ocr-error.js';
import type { Box } from '../page-result.js';
import type { OpenDocument } from './open-documents.js';
import type { Pdfium } from './pdfium.js';

/** A loaded page and the way from PDF page space to the page as displayed. */
export interface LoadedPage {
  readonly handle: number;
  readonly number: number;
  /** As displayed, in points. */
  readonly width: number;
  readonly height: number;
  readonly rotation: 0 | 90 | 180 | 270;
  /** Turns a rectangle of page space into one of the displayed page (origin top left). */
  toDisplay(left: number, bottom: number, right: number, top: number): Box;
}

/**
 * Loads the page, lends it to `use`, closes it.
 * @param number 1-based
 * @throws OcrError page_out_of_range, render_failed
 */
export function withPage<T>(pdfium: Pdfium, document: OpenDocument, number: number, use: (page: LoadedPage) => T): T {
  const { api } = pdfium;
  if (!Number.isInteger(number) || number < 1 || number > document.pageCount) {
    throw new OcrError('page_out_of_range', {
      page: number,
      detail: `There is no page ${number}; the document has ${document.pageCount}`,
    });
  }
  const handle = api.FPDF_LoadPage(document.handle, number - 1);
  if (handle === 0) throw new OcrError('render_failed', { page: number, detail: `Page ${number} is damaged` });
  try {
    const width = api.FPDF_GetPageWidthF(handle);
    const height = api.FPDF_GetPageHeightF(handle);
    if (!(width > 0 && height > 0)) {
      throw new OcrError('render_failed', { page: number, detail: `Page ${number} has no size` });
    }
    const rotation = (((api.FPDFPage_GetRotation(handle) % 4) + 4) % 4) * 90;
    const shown = shownBox(pdfium, handle);
    return use({
      handle,
      number,
      width,
      height,
      rotation: rotation as LoadedPage['rotation'],
      toDisplay: (left, bottom, right, top) => displayBox(shown, rotation, { x0: left, y0: bottom, x1: right, y1: top }),
    });
  } finally {
    api.FPDF_ClosePage(handle);
  }
}

/** The part of page space that is displayed (crop box within media box), y upwards. */
function shownBox(pdfium: Pdfium, page: number): Box {
  return pdfium.withMemory(16, (rect) => {
    pdfium.api.FPDF_GetPageBoundingBox(page, rect);
    const [left, top, right, bottom] = [0, 4, 8, 12].map((offset) => pdfium.view().getFloat32(rect + offset, true));
    return { x0: left, y0: bottom, x1: right, y1: top };
  });
}

/** `rotation` is the page's /Rotate: the whole page is turned clockwise by it when displayed. */
export function displayBox(shown: Box, rotation: number, box: Box): Box {
  switch (rotation) {
    case 90:
      return { x0: box.y0 - shown.y0, y0: box.x0 - shown.x0, x1: box.y1 - shown.y0, y1: box.x1 - shown.x0 };
    case 180:
      return { x0: shown.x1 - box.x1, y0: box.y0 - shown.y0, x1: shown.x1 - box.x0, y1: box.y1 - shown.y0 };
    case 270:
      return { x0: shown.y1 - box.y1, y0: shown.x1 - box.x1, x1: shown.y1 - box.y0, y1: shown.x1 - box.x0 };
    default:
      return { x0: box.x0 - shown.x0, y0: shown.y1 - box.y1, x1: box.x1 - shown.x0, y1: shown.y1 - box.y0 };
  }
}
