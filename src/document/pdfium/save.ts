import { closeSync, openSync, writeSync } from 'node:fs';
import { isDiskFull, OcrError } from '../../errors/ocr-error.js';
import type { OpenDocument } from './open-documents.js';
import type { Pdfium } from './pdfium.js';

/** FPDF_NO_INCREMENTAL (fpdf_save.h): the whole document, not what was changed. */
const WHOLE = 2;
/** Bytes of FPDF_FILEWRITE: its version, and the function it is written through. */
const FILE_WRITE_BYTES = 8;

/**
 * Writes a document anew as PDFium understands it, in the clear. `whole`: all its objects come along. `pages`: only its pages, with what
 * they draw, in a new tree; bookmarks, forms and attachments stay behind.
 * @throws OcrError merge_failed when it is encrypted, or PDFium cannot; storage_full
 */
export function save(pdfium: Pdfium, document: OpenDocument, output: string, how: 'whole' | 'pages'): void {
  if (document.encrypted) throw new OcrError('merge_failed', { detail: 'The document is encrypted', retryable: false });
  const { api } = pdfium;
  const handle = how === 'pages' ? api.FPDF_CreateNewDocument() : document.handle;
  try {
    const isReady = how === 'whole' || api.FPDF_ImportPages(handle, document.handle, 0, 0) !== 0;
    if (!isReady || !written(pdfium, handle, output))
      throw new OcrError('merge_failed', { detail: 'The document is too damaged to be written', retryable: false });
  } finally {
    if (how === 'pages') api.FPDF_CloseDocument(handle);
  }
}

function written(pdfium: Pdfium, handle: number, output: string): boolean {
  const file = openSync(output, 'w');
  let fault: unknown;
  const write = (_self: number, data: number, size: number): number => {
    try {
      for (let done = 0; done < size;) done += writeSync(file, pdfium.bytes(), data + done, size - done);
      return 1;
    } catch (error) {
      fault = error;
      return 0;
    }
  };
  try {
    const isWhole = pdfium.withFunction(write, (call) =>
      pdfium.withMemory(FILE_WRITE_BYTES, (pointer) => {
        pdfium.view().setInt32(pointer, 1, true);
        pdfium.view().setUint32(pointer + 4, call, true);
        return pdfium.api.FPDF_SaveAsCopy(handle, pointer, WHOLE) !== 0;
      }),
    );
    if (fault !== undefined) throw new OcrError(isDiskFull(fault) ? 'storage_full' : 'merge_failed', { cause: fault });
    return isWhole;
  } finally {
    closeSync(file);
  }
}
