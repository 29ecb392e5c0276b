import { closeSync, openSync } from 'node:fs';
import { ImagePdfWriter } from '../../../document/images/pdf-writer.js';
import type { EncodedPage } from '../remote/page-image.js';

/** Resolution a page is said to have when nothing better is known. */
const USUAL_DPI = 200;

/** Writes a PDF of gray page images, without loss, each page with its image's physical size. */
export async function writePagesPdf(path: string, pages: readonly EncodedPage[]): Promise<void> {
  const file = openSync(path, 'wx', 0o600);
  try {
    const writer = new ImagePdfWriter(file);
    for (const { width, height, dpi, rows } of pages) {
      const perPixel = 72 / (Number.isFinite(dpi) && dpi > 0 ? dpi : USUAL_DPI);
      await writer.addPage({
        width,
        height,
        points: { width: width * perPixel, height: height * perPixel },
        orientation: 1,
        bitsPerComponent: 8,
        colourSpace: '/DeviceGray',
        filter: `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns ${width} >>`,
        data: [rows],
      });
    }
    writer.end();
  } finally {
    closeSync(file);
  }
}
