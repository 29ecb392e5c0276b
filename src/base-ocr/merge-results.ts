import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DocumentService } from '../document/document.service.js';
import type { PdfFile } from '../document/document.types.js';
import { isFailedPage, type DocumentFacts, type ExportFormat, type ExportPage } from '../document/exporters/exporter.js';
import { EXPORTERS } from '../document/exporters/exporters.js';
import type { PageResult } from '../document/page-result.js';
import { writeSearchablePdf } from '../document/write/searchable-pdf.js';
import { verifySearchablePdf } from '../document/write/verify-searchable-pdf.js';
import { OcrError } from '../errors/ocr-error.js';
import type { ReadMode } from './own-text.js';

/** API name of a result format: the searchable PDF, or one of the exporters'. */
export type ResultFormat = 'pdf' | ExportFormat;

/** What the results are made of. */
export interface MergeRequest<F extends ResultFormat = ResultFormat> {
  /** The document whose pages were read, on which the searchable PDF is built. */
  readonly pdf: PdfFile;
  readonly facts: DocumentFacts;
  /** A fresh pass over the pages in rising page order, failed ones included; each call starts again at the first. */
  readonly pages: () => AsyncIterable<ExportPage>;
  readonly formats: readonly F[];
  readonly mode: ReadMode;
  /** Whether pages that lie on their side or head are turned upright in the PDF. Absent: no. */
  readonly rotatePages?: boolean;
  /** Folder the results are written into; made if need be. */
  readonly outputDir: string;
  readonly signal: AbortSignal;
}

/** A result written to `path`. */
export interface MergedFile<F extends ResultFormat = ResultFormat> {
  format: F;
  path: string;
  /** MIME type. */
  contentType: string;
  /** File name extension without a dot. */
  extension: string;
}

/** Writes the results one format after the other, with one page in memory at a time, and verifies the searchable PDF. */
export async function mergeResults<F extends ResultFormat>(
  documents: DocumentService,
  request: MergeRequest<F>,
): Promise<MergedFile<F>[]> {
  const { formats, outputDir, signal } = request;
  const files: MergedFile<F>[] = [];
  try {
    await mkdir(outputDir, { recursive: true });
    for (const format of formats) {
      signal.throwIfAborted();
      const written = format === 'pdf' ? await writePdf(documents, request) : await writeExport(format, request);
      files.push({ format, ...written });
    }
    return files;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw OcrError.from(error, 'merge_failed');
  }
}

async function writePdf(documents: DocumentService, request: MergeRequest): Promise<Omit<MergedFile, 'format'>> {
  const { pdf, facts, pages, mode, rotatePages, outputDir, signal } = request;
  const path = join(outputDir, 'result.pdf');
  // A page that was read although it had an invisible layer gets a new one instead of a second one.
  const stripInvisibleText = mode !== 'skip_text';
  await writeSearchablePdf({ source: pdf, output: path, pages: goodPages(pages()), stripInvisibleText, rotatePages, signal });
  await verifySearchablePdf({
    pdf: { path, password: pdf.password },
    pageCount: facts.page_count,
    pages: goodPages(pages()),
    reader: documents,
    signal,
  });
  return { path, contentType: 'application/pdf', extension: 'pdf' };
}

async function writeExport(
  format: ExportFormat,
  { facts, pages, outputDir, signal }: MergeRequest,
): Promise<Omit<MergedFile, 'format'>> {
  const { extension, contentType, write } = EXPORTERS[format];
  const path = join(outputDir, `result.${extension}`);
  await write({ facts, pages }, createWriteStream(path), signal);
  return { path, contentType, extension };
}

async function* goodPages(pages: AsyncIterable<ExportPage>): AsyncGenerator<PageResult> {
  for await (const page of pages) if (!isFailedPage(page)) yield page;
}
