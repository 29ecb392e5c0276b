import { OcrError } from '../../errors/ocr-error.js';
import type { Box } from '../page-result.js';
import { PAGE_OBJECT, SILENT_ANNOTATIONS } from './exports.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** Forms nested deeper than this are no honest page. */
const MAX_DEPTH = 16;

type Matrix = readonly [number, number, number, number, number, number];

/** An image as it is placed on the page. */
export interface PlacedImage {
  readonly handle: number;
  /** The image's own pixels. */
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  /** Size it is drawn at, in points. */
  readonly width: number;
  readonly height: number;
  /** Where it lies on the displayed page; may reach beyond it. */
  readonly box: Box;
}

/** What a page draws. */
export interface PageObjects {
  readonly images: PlacedImage[];
  /** Handles of its text objects. */
  readonly texts: number[];
  readonly hasVectors: boolean;
  /** Neither an object nor an annotation is on it. */
  readonly empty: boolean;
}

/** Walks the page's objects, those within forms too. Decodes nothing. */
export function readObjects(pdfium: Pdfium, page: LoadedPage): PageObjects {
  const { api } = pdfium;
  const images: PlacedImage[] = [];
  const texts: number[] = [];
  let hasVectors = drawsAnnotations(pdfium, page.handle);

  const visit = (object: number, outer: Matrix, depth: number): void => {
    switch (api.FPDFPageObj_GetType(object)) {
      case PAGE_OBJECT.image:
        images.push(placeImage(pdfium, page, object, multiply(matrixOf(pdfium, object), outer)));
        return;
      case PAGE_OBJECT.text:
        texts.push(object);
        return;
      case PAGE_OBJECT.path:
        hasVectors ||= isPainted(pdfium, object);
        return;
      case PAGE_OBJECT.shading:
        hasVectors = true;
        return;
      case PAGE_OBJECT.form: {
        if (depth >= MAX_DEPTH) return;
        const matrix = multiply(matrixOf(pdfium, object), outer);
        const count = api.FPDFFormObj_CountObjects(object);
        for (let i = 0; i < count; i++) visit(api.FPDFFormObj_GetObject(object, i), matrix, depth + 1);
      }
    }
  };
  const count = api.FPDFPage_CountObjects(page.handle);
  for (let i = 0; i < count; i++) visit(api.FPDFPage_GetObject(page.handle, i), [1, 0, 0, 1, 0, 0], 0);
  return { images, texts, hasVectors, empty: count === 0 && api.FPDFPage_GetAnnotCount(page.handle) === 0 };
}

/**
 * Refuses a page with an image PDFium would have to decode beyond the limit, however small it is drawn.
 * @throws OcrError page_too_large
 */
export function checkImages(images: readonly PlacedImage[], page: number, maxPixels: number): void {
  for (const { pixelWidth, pixelHeight } of images) {
    if (pixelWidth * pixelHeight > maxPixels) {
      throw new OcrError('page_too_large', {
        page,
        detail: `An image on page ${page} has ${pixelWidth} x ${pixelHeight} pixels; ${maxPixels} pixels are allowed`,
      });
    }
  }
}

function placeImage(pdfium: Pdfium, page: LoadedPage, handle: number, matrix: Matrix): PlacedImage {
  const [a, b, c, d, e, f] = matrix;
  const [pixelWidth, pixelHeight] = pdfium.withMemory(8, (size) => {
    pdfium.api.FPDFImageObj_GetImagePixelSize(handle, size, size + 4);
    return [pdfium.view().getUint32(size, true), pdfium.view().getUint32(size + 4, true)];
  });
  // An image fills the unit square, which the matrix carries onto the page.
  const xs = [e, e + a, e + c, e + a + c];
  const ys = [f, f + b, f + d, f + b + d];
  return {
    handle,
    pixelWidth,
    pixelHeight,
    width: Math.hypot(a, b),
    height: Math.hypot(c, d),
    box: page.toDisplay(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)),
  };
}

/** False for a path that only clips. */
function isPainted(pdfium: Pdfium, path: number): boolean {
  return pdfium.withMemory(8, (modes) => {
    if (pdfium.api.FPDFPath_GetDrawMode(path, modes, modes + 4) === 0) return true;
    return pdfium.view().getInt32(modes, true) !== 0 || pdfium.view().getInt32(modes + 4, true) !== 0;
  });
}

function drawsAnnotations(pdfium: Pdfium, page: number): boolean {
  const { api } = pdfium;
  const count = api.FPDFPage_GetAnnotCount(page);
  for (let i = 0; i < count; i++) {
    const annotation = api.FPDFPage_GetAnnot(page, i);
    if (annotation === 0) continue;
    const subtype = api.FPDFAnnot_GetSubtype(annotation);
    api.FPDFPage_CloseAnnot(annotation);
    if (!SILENT_ANNOTATIONS.includes(subtype)) return true;
  }
  return false;
}

function matrixOf(pdfium: Pdfium, object: number): Matrix {
  return pdfium.withMemory(24, (pointer) => {
    if (pdfium.api.FPDFPageObj_GetMatrix(object, pointer) === 0) return [1, 0, 0, 1, 0, 0];
    const view = pdfium.view();
    return [0, 4, 8, 12, 16, 20].map((offset) => view.getFloat32(pointer + offset, true)) as unknown as Matrix;
  });
}

/** `inner` first, then `outer`. */
function multiply(inner: Matrix, outer: Matrix): Matrix {
  const [a, b, c, d, e, f] = inner;
  const [A, B, C, D, E, F] = outer;
  return [a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F];
}
