import { freeMemory } from '../../threads/free-memory.js';
import type { GrayImage } from '../document.types.js';
import { grayOf, flatePixels, isPlainFlate } from '../scan/flate-pixels.js';
import { findScanImage, type ScanImage } from '../scan/scan-image.js';
import { turnImage } from '../preparation/turned-image.js';
import { copyRows } from './draw.js';
import { BITMAP } from './exports.js';
import type { OpenDocument } from './open-documents.js';
import type { PlacedImage } from './page-objects.js';
import type { LoadedPage } from './page.js';
import type { Pdfium } from './pdfium.js';

/** How far, in its own pixels, a scan's edges may be off the page's. */
const OFF = 0.75;
/** How far its two resolutions may differ, as a share: beyond, pixels are no squares. */
const UNEVEN = 0.003;

/** Looks in the file whether the page is nothing but an image. Null when it is not, or when the file cannot be read so. */
export async function readScan(document: OpenDocument, page: number, maxPixels: number): Promise<ScanImage | null> {
  const source = await document.source();
  try {
    const image = source === null ? null : await findScanImage(source, page);
    return image !== null && image.width * image.height <= maxPixels ? image : null;
  } catch {
    return null;
  }
}

/**
 * The scan's own pixels as the page shows them, in 8-bit gray; null unless they fill the page to its edges and are squares. That the page PDFium
 * has loaded is the one that was found in the file is seen by its image: the pixels are those of PDFium's page in any case.
 */
export function scanPixels(pdfium: Pdfium, page: LoadedPage, images: readonly PlacedImage[], image: ScanImage): GrayImage | null {
  const [placed] = images;
  const { api } = pdfium;
  if (placed === undefined || images.length > 1 || api.FPDFPage_CountObjects(page.handle) !== 1) return null;
  const { width, height } = image;
  if (placed.pixelWidth !== width || placed.pixelHeight !== height || !fills(placed, page)) return null;
  if (api.FPDFImageObj_GetImageDataRaw(placed.handle, 0, 0) !== image.packed.length) return null;
  const [across, down] = [(width * 72) / placed.width, (height * 72) / placed.height];
  if (Math.abs(across - down) > across * UNEVEN) return null;
  const data =
    (isPlainFlate(image) ? withPacked(pdfium, placed, image, (packed) => flatePixels(image, packed)) : null) ??
    unpackedBy(pdfium, placed);
  return data === null ? null : turnImage({ width, height, data, dpi: nearWhole(across) }, page.rotation);
}

/** Lends `use` the image's data, as they are packed, in PDFium's memory. */
function withPacked<T>(
  pdfium: Pdfium,
  { handle }: PlacedImage,
  { packed: { length } }: ScanImage,
  use: (packed: Uint8Array) => T,
): T {
  return pdfium.withMemory(length, (buffer) => {
    pdfium.api.FPDFImageObj_GetImageDataRaw(handle, buffer, length);
    return use(pdfium.bytes().subarray(buffer, buffer + length));
  });
}

function fills({ box, width, pixelWidth }: PlacedImage, page: LoadedPage): boolean {
  const room = (OFF * width) / pixelWidth;
  const edges = [box.x0, box.y0, box.x1 - page.width, box.y1 - page.height];
  return edges.every((edge) => Math.abs(edge) <= room);
}

/** Pages are measured in floats: 299.9998 dpi are 300. */
function nearWhole(dpi: number): number {
  const whole = Math.round(dpi);
  return Math.abs(dpi - whole) < dpi * 0.0005 ? whole : dpi;
}

function unpackedBy(pdfium: Pdfium, { handle, pixelWidth, pixelHeight }: PlacedImage): Uint8Array | null {
  const { api } = pdfium;
  const bitmap = api.FPDFImageObj_GetBitmap(handle);
  if (bitmap === 0) return null;
  try {
    if (api.FPDFBitmap_GetWidth(bitmap) !== pixelWidth || api.FPDFBitmap_GetHeight(bitmap) !== pixelHeight) return null;
    const format = api.FPDFBitmap_GetFormat(bitmap);
    if (format === BITMAP.gray) return copyRows(pdfium, bitmap, pixelWidth, pixelHeight);
    if (format !== BITMAP.bgr && format !== BITMAP.bgrx) return null;
    const bytes = format === BITMAP.bgr ? 3 : 4;
    const colours = copyRows(pdfium, bitmap, pixelWidth * bytes, pixelHeight);
    const gray = grayOf(colours, bytes, 'bgr');
    freeMemory(colours);
    return gray;
  } finally {
    api.FPDFBitmap_Destroy(bitmap);
  }
}
