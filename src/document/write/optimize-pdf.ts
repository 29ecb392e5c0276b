import { rename, rm, stat } from 'node:fs/promises';
import { PDFArray, PDFDict, PDFName, PDFNumber, type PDFObject } from 'pdf-lib';
import { copyPdf } from './copy-pdf.js';
import { PdfSource } from './pdf-source.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/** Bit of /SigFlags (ISO 32000-1, table 219): there is a signature. */
const SIGNED = 1;
/** Fields nested deeper than this are in a circle. */
const DEEPEST_FIELD = 32;

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
    const version = (await source.bytes.read(5, 3)).toString('latin1') === '2.0' ? '2.0' : '1.7';
    const after = await copyPdf(source, { output: smaller, compact: true, version, signal });
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
  if ((flags instanceof PDFNumber && (flags.asNumber() & SIGNED) !== 0) || permissions instanceof PDFDict) return true;
  return holdsSignature(source, form?.get(PDFName.of('Fields')), 0);
}

/** Whether a field of these, or below, holds a signature: forms need not say so. */
async function holdsSignature(source: PdfSource, fields: PDFObject | undefined, depth: number): Promise<boolean> {
  const list = await source.resolve(fields);
  if (!(list instanceof PDFArray) || depth > DEEPEST_FIELD) return false;
  for (const item of list.asArray()) {
    const field = await source.dict(item);
    const value = await source.resolve(field?.get(PDFName.of('V')));
    if (value instanceof PDFDict && value.has(PDFName.of('ByteRange'))) return true;
    if (await holdsSignature(source, field?.get(PDFName.of('Kids')), depth + 1)) return true;
  }
  return false;
}
