import { rename, rm, stat } from 'node:fs/promises';
import { PDFDict, PDFName, PDFNumber } from 'pdf-lib';
import { copyPdf } from './copy-pdf.js';
import { PdfSource } from './pdf-source.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/** Bit of /SigFlags (ISO 32000-1, table 219): there is a signature. */
const SIGNED = 1;

/**
 * Writes the document anew in place, in fewer bytes and without any loss: objects in object streams, Flate streams packed anew, nothing that
 * is not referred to. It stays as it is when that does not make it smaller, when it is signed (a signature is over its bytes), encrypted or
 * damaged. @returns its size in bytes
 */
export async function optimizePdf(path: string, signal?: AbortSignal): Promise<number> {
  const before = (await stat(path)).size;
  const smaller = `${path}.smaller`;
  let source: PdfSource | null = null;
  try {
    source = await PdfSource.open(path);
    if (await isSigned(source)) return before;
    const after = await copyPdf(source, { output: smaller, compact: true, signal });
    if (after >= before) return before;
    await rename(smaller, path);
    return after;
  } catch (error) {
    if (error instanceof UnreadablePdf) return before;
    throw error;
  } finally {
    await source?.close();
    await rm(smaller, { force: true });
  }
}

async function isSigned(source: PdfSource): Promise<boolean> {
  const catalog = await source.dict(source.xref.trailer.get(PDFName.of('Root')));
  const form = await source.dict(catalog?.get(PDFName.of('AcroForm')));
  const flags = await source.resolve(form?.get(PDFName.of('SigFlags')));
  const permissions = await source.dict(catalog?.get(PDFName.of('Perms')));
  return (flags instanceof PDFNumber && (flags.asNumber() & SIGNED) !== 0) || permissions instanceof PDFDict;
}
