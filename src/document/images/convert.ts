import { closeSync, openSync } from 'node:fs';
import { OcrError } from '../../errors/ocr-error.js';
import type { DocumentKind, DocumentLimits } from '../document.types.js';
import { jpegPage } from './jpeg.js';
import { ImagePdfWriter, type ImagePage } from './pdf-writer.js';
import { pngPage } from './png.js';
import { FileSource, type Source } from './source.js';
import { tiffPages } from './tiff.js';
import { webpPage } from './webp.js';

/** A kind of image that is turned into a PDF. */
export type ImageKind = Exclude<DocumentKind, 'pdf'>;

/** What `convertImage` needs; it goes over to a worker thread. */
export interface ImageConversion {
  readonly path: string;
  readonly kind: ImageKind;
  readonly destination: string;
  readonly limits: DocumentLimits;
}

/** Does the conversion in this thread, one page in memory at a time. See `imageToPdf`. */
export async function convertImage({ path, kind, destination, limits }: ImageConversion): Promise<void> {
  const source = new FileSource(path);
  try {
    const fd = openSync(destination, 'w');
    try {
      const writer = new ImagePdfWriter(fd);
      for await (const page of pagesOf(source, kind, limits.maxPixels)) {
        if (writer.pageCount >= limits.maxPages) {
          throw new OcrError('too_many_pages', { detail: `The document has more than ${limits.maxPages} pages` });
        }
        await writer.addPage(page);
      }
      writer.end();
    } finally {
      closeSync(fd);
    }
  } finally {
    source.close();
  }
}

async function* pagesOf(source: Source, kind: ImageKind, maxPixels: number): AsyncGenerator<ImagePage> {
  switch (kind) {
    case 'jpeg':
      yield jpegPage(source, maxPixels);
      return;
    case 'png':
      yield pngPage(source, maxPixels);
      return;
    case 'webp':
      yield await webpPage(source, maxPixels);
      return;
    case 'tiff':
      yield* tiffPages(source, maxPixels);
  }
}
