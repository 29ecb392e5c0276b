import { OcrError } from '../../errors/ocr-error.js';
import type { GrayImage } from '../document.types.js';
import { BITMAP, RENDER_FLAG } from './exports.js';
import type { OpenDocument } from './open-documents.js';
import { checkImages, readObjects } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** A page drawn in colour, 4 bytes a pixel (red, green, blue, alpha), opaque. */
export interface ColourImage {
  width: number;
  height: number;
  rgba: Uint8Array;
}

const WHITE = 0xffffffff;

/**
 * Draws the page as displayed, annotations and form fields included, in 8-bit gray.
 * @throws OcrError page_too_large (before anything is drawn), render_failed
 */
export function drawGray(pdfium: Pdfium, document: OpenDocument, page: LoadedPage, dpi: number, maxPixels: number): GrayImage {
  const width = Math.max(1, Math.round((page.width * dpi) / 72));
  const height = Math.max(1, Math.round((page.height * dpi) / 72));
  return { width, height, dpi, data: draw(pdfium, document, page, { width, height, maxPixels, format: BITMAP.gray }) };
}

/**
 * Draws the page `width` pixels wide, in colour.
 * @throws OcrError page_too_large (before anything is drawn), render_failed
 */
export function drawColour(
  pdfium: Pdfium,
  document: OpenDocument,
  page: LoadedPage,
  width: number,
  maxPixels: number,
): ColourImage {
  const height = Math.max(1, Math.round((page.height * width) / page.width));
  return { width, height, rgba: draw(pdfium, document, page, { width, height, maxPixels, format: BITMAP.bgra }) };
}

interface DrawOptions {
  readonly width: number;
  readonly height: number;
  readonly maxPixels: number;
  readonly format: (typeof BITMAP)['gray' | 'bgra'];
}

function draw(pdfium: Pdfium, document: OpenDocument, page: LoadedPage, options: DrawOptions): Uint8Array {
  const { api } = pdfium;
  const { width, height, format, maxPixels } = options;
  if (width * height > maxPixels) {
    throw new OcrError('page_too_large', {
      page: page.number,
      detail: `Page ${page.number} would be drawn with ${width} x ${height} pixels; ${maxPixels} pixels are allowed`,
    });
  }
  checkImages(readObjects(pdfium, page).images, page.number, maxPixels);

  const bitmap = api.FPDFBitmap_CreateEx(width, height, format, 0, 0);
  if (bitmap === 0) throw new OcrError('render_failed', { page: page.number, detail: 'There is no memory for the page' });
  try {
    api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE);
    const flags = RENDER_FLAG.annotations | (format === BITMAP.gray ? RENDER_FLAG.grayscale : RENDER_FLAG.reverseByteOrder);
    if (document.form !== 0) api.FORM_OnAfterLoadPage(page.handle, document.form);
    api.FPDF_RenderPageBitmap(bitmap, page.handle, 0, 0, width, height, 0, flags);
    if (document.form !== 0) {
      api.FPDF_FFLDraw(document.form, bitmap, page.handle, 0, 0, width, height, 0, flags);
      api.FORM_OnBeforeClosePage(page.handle, document.form);
    }
    return copyRows(pdfium, bitmap, width * (format === BITMAP.gray ? 1 : 4), height);
  } finally {
    api.FPDFBitmap_Destroy(bitmap);
  }
}

/** Copies the bitmap out of the module, without the padding PDFium puts at the end of rows. */
export function copyRows(pdfium: Pdfium, bitmap: number, rowBytes: number, height: number): Uint8Array {
  const start = pdfium.api.FPDFBitmap_GetBuffer(bitmap);
  const stride = pdfium.api.FPDFBitmap_GetStride(bitmap);
  const source = pdfium.bytes();
  if (stride === rowBytes) return source.slice(start, start + rowBytes * height);
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) rows.set(source.subarray(start + y * stride, start + y * stride + rowBytes), y * rowBytes);
  return rows;
}
