import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { DocumentService } from '../document/document.service.js';
import type { PdfFile } from '../document/document.types.js';
import { isFailedPage, type DocumentFacts, type ExportFormat, type ExportPage } from '../document/exporters/exporter.js';
import { EXPORT_FORMATS, EXPORTERS, isExportFormat } from '../document/exporters/exporters.js';
import { sharedPass } from '../document/exporters/shared-pass.js';
import type { PageResult, PageSource } from '../document/page-result.js';
import { writePdfA } from '../document/pdfa/write-pdfa.js';
import { optimizePdf } from '../document/write/optimize-pdf.js';
import { writeSearchablePdf } from '../document/write/searchable-pdf.js';
import { verifySearchablePdf } from '../document/write/verify-searchable-pdf.js';
import { writeZip } from '../document/write/zip-results.js';
import { OcrError } from '../errors/ocr-error.js';
import type { ReadMode } from './own-text.js';

/** API name of a result format: the searchable PDF, the same for archives, one of the exporters', or all of them in one. */
export type ResultFormat = 'pdf' | 'pdfa' | 'zip' | ExportFormat;

/** What the results are made of. */
export interface MergeRequest<F extends ResultFormat = ResultFormat> {
  /** The document whose pages were read, on which the searchable PDF is built. */
  readonly pdf: PdfFile;
  readonly facts: DocumentFacts;
  /**
   * A fresh pass over the pages in rising page order, failed ones included; each call starts again at the first. Where sources are told,
   * nobody looks at pages of others: they may be left out.
   */
  readonly pages: (sources?: readonly PageSource[]) => AsyncIterable<ExportPage>;
  /** `zip` holds the others asked for; asked for alone, all there are but `pdfa`. */
  readonly formats: readonly F[];
  readonly mode: ReadMode;
  /** Whether pages that lie on their side or head are turned upright in the PDF. Absent: no. */
  readonly rotatePages?: boolean;
  /** Whether crooked pages are set straight in the PDF. Absent: no. */
  readonly deskew?: boolean;
  /** Whether the searchable PDF may be written anew, without loss, to make it smaller. */
  readonly optimize?: boolean;
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

/** The results, and what is wrong with them. */
export interface MergedResults<F extends ResultFormat = ResultFormat> {
  files: MergedFile<F>[];
  /** The formats this document cannot be written in. */
  refused: { format: F; error: OcrError }[];
  /** Pages whose text cannot be got back from the PDF as it was read, although it is written and the other formats have it. */
  doubt?: OcrError;
}

/**
 * Writes the PDFs, and verifies them, and all other formats side by side, with a page in memory at a time and a few read ahead. A format
 * that is refused does not stop the others.
 * @throws OcrError; that of the refusal when nothing else was asked for
 */
export async function mergeResults<F extends ResultFormat>(
  documents: DocumentService,
  request: MergeRequest<F>,
): Promise<MergedResults<F>> {
  const { outputDir, signal } = request;
  try {
    await mkdir(outputDir, { recursive: true });
    return await new Merging(documents, request).run();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw OcrError.from(error, 'merge_failed');
  }
}

/** One document's results in the making: what several formats are made of is made once. */
class Merging<F extends ResultFormat> {
  private readonly made = new Map<ResultFormat, MergedFile>();
  private doubt: OcrError | undefined;

  constructor(
    private readonly documents: DocumentService,
    private readonly request: MergeRequest<F>,
  ) {}

  async run(): Promise<MergedResults<F>> {
    const files: MergedFile<F>[] = [];
    const refused: MergedResults<F>['refused'] = [];
    // the archive comes last: it holds the others
    const formats = [...this.request.formats].sort((a, b) => Number(a === 'zip') - Number(b === 'zip'));
    for (const format of formats) {
      this.request.signal.throwIfAborted();
      // of what was all refused there is no archive
      if (format === 'zip' && refused.length > 0 && files.length === 0) break;
      try {
        files.push({ ...(await this.make(format)), format });
      } catch (error) {
        if (!(error instanceof OcrError) || error.code !== 'pdfa_not_possible') throw error;
        refused.push({ format, error });
      }
    }
    const [first] = refused;
    if (first && files.length === 0) throw first.error;
    return { files, refused, doubt: this.doubt };
  }

  private async make(format: ResultFormat): Promise<MergedFile> {
    if (!this.made.has(format)) {
      if (isExportFormat(format))
        await this.makeExports((this.request.formats as readonly ResultFormat[]).filter(isExportFormat));
      else this.made.set(format, { format, ...(await this.write(format)) });
    }
    return this.made.get(format)!;
  }

  private write(format: Exclude<ResultFormat, ExportFormat>): Promise<Omit<MergedFile, 'format'>> {
    if (format === 'pdf') return this.writePdf();
    return format === 'pdfa' ? this.writePdfA() : this.writeArchive();
  }

  /** These formats in one pass over the pages: they are fetched and unpacked once. */
  private async makeExports(formats: readonly ExportFormat[]): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.request.signal, stop.signal]);
    const passes = sharedPass(this.request.pages(), formats.length, signal);
    const making = formats.map(async (format, reader) => {
      try {
        this.made.set(format, { format, ...(await this.writeExport(format, passes[reader]!, signal)) });
      } catch (error) {
        stop.abort(error);
        throw stop.signal.reason;
      }
    });
    for (const outcome of await Promise.allSettled(making)) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async writePdf(): Promise<Omit<MergedFile, 'format'>> {
    const { pdf, pages, mode, rotatePages, deskew, optimize, outputDir, signal } = this.request;
    const path = join(outputDir, 'result.pdf');
    // A page that was read although it had an invisible layer gets a new one instead of a second one, a blank one none.
    const stripInvisibleText = mode !== 'skip_text';
    const changed = pagesOf(pages, stripInvisibleText ? ['recognised', 'blank'] : ['recognised']);
    const change = { stripInvisibleText, rotatePages, deskew };
    await writeSearchablePdf({ source: pdf, output: path, pages: changed, ...change, rescuer: this.documents, signal });
    if (optimize) await optimizePdf(path, signal);
    await this.verify({ path, password: pdf.password });
    return { path, contentType: 'application/pdf', extension: 'pdf' };
  }

  private async writePdfA(): Promise<Omit<MergedFile, 'format'>> {
    const { pdf, outputDir, signal } = this.request;
    const searchable = await this.make('pdf');
    const path = join(outputDir, 'result.pdfa.pdf');
    await writePdfA({ source: { path: searchable.path, password: pdf.password }, output: path, signal });
    await this.verify({ path });
    return { path, contentType: 'application/pdf', extension: 'pdfa.pdf' };
  }

  private async writeArchive(): Promise<Omit<MergedFile, 'format'>> {
    const { formats, facts, outputDir, signal } = this.request;
    const isAlone = formats.every((format) => format === 'zip');
    if (isAlone) {
      await this.make('pdf');
      await this.makeExports(EXPORT_FORMATS);
    }
    const stem = parse(facts.name).name.replace(/[\p{Cc}<>:"|?*/\\]/gu, '_') || 'document';
    const held = [...this.made.values()].filter(({ format }) => isAlone || (formats as readonly ResultFormat[]).includes(format));
    const entries = held.map(({ path, extension, contentType }) => {
      return { path, name: `${stem}.${extension}`, compress: contentType !== 'application/pdf' };
    });
    const path = join(outputDir, 'result.zip');
    await writeZip(entries, path, signal);
    return { path, contentType: 'application/zip', extension: 'zip' };
  }

  private async writeExport(
    format: ExportFormat,
    pages: AsyncIterable<ExportPage>,
    signal: AbortSignal,
  ): Promise<Omit<MergedFile, 'format'>> {
    const { facts, outputDir } = this.request;
    const { extension, contentType, write } = EXPORTERS[format];
    const path = join(outputDir, `result.${extension}`);
    await write({ facts, pages }, createWriteStream(path), signal);
    return { path, contentType, extension };
  }

  private async verify(pdf: PdfFile): Promise<void> {
    const { facts, pages, signal } = this.request;
    const request = { pdf, pageCount: facts.page_count, pages: pagesOf(pages, ['recognised']), reader: this.documents, signal };
    this.doubt ??= await verifySearchablePdf(request);
  }
}

/** The pages whose text comes from there: the PDF gets nothing from others. */
async function* pagesOf(pages: MergeRequest['pages'], sources: readonly PageSource[]): AsyncGenerator<PageResult> {
  for await (const page of pages(sources)) if (!isFailedPage(page) && sources.includes(page.source)) yield page;
}
