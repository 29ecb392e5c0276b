import { mkdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { DocumentService } from '../document/document.service.js';
import type { PdfFile } from '../document/document.types.js';
import {
  isFailedPage,
  type DocumentFacts,
  type ExportFormat,
  type ExportPage,
  type FailedPage,
  type StoredPages,
} from '../document/exporters/exporter.js';
import { EXPORT_FORMATS, EXPORTERS, isExportFormat } from '../document/exporters/exporters.js';
import { writeExports } from '../document/exporters/write-exports.js';
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
   * A fresh pass over the pages in rising page order; each call starts again at the first. Nobody looks at pages of other sources, nor at
   * failed ones: they may be left out.
   */
  readonly pages: (sources: readonly PageSource[]) => AsyncIterable<ExportPage>;
  /** The same over all of them as the store has them, failed ones included. */
  readonly storedPages: () => AsyncIterable<StoredPages | FailedPage>;
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
 * Writes the PDFs, and verifies them, and all other formats, with a few pages in memory at a time. A format that is refused does not stop the
 * others.
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
  /** Ends when the formats of the exporters are there. */
  private exported: Promise<void> = Promise.resolve();

  constructor(
    private readonly documents: DocumentService,
    private readonly request: MergeRequest<F>,
  ) {}

  private get formats(): readonly ResultFormat[] {
    return this.request.formats;
  }

  private get isArchiveAlone(): boolean {
    return this.formats.every((format) => format === 'zip');
  }

  /** The other formats are written beside the PDFs: neither waits for the other. */
  async run(): Promise<MergedResults<F>> {
    const stop = new AbortController();
    this.exported = this.makeExports(stop.signal);
    // What goes wrong is told when they are asked for.
    const over = this.exported.catch(() => undefined);
    try {
      return await this.makeAll();
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      // Nothing is written any more once this is over.
      await over;
    }
  }

  private async makeAll(): Promise<MergedResults<F>> {
    const refused: MergedResults<F>['refused'] = [];
    const ready = new Set<F>();
    for (const format of this.request.formats.toSorted((a, b) => turnOf(a) - turnOf(b))) {
      this.request.signal.throwIfAborted();
      // of what was all refused there is no archive
      if (format === 'zip' && refused.length > 0 && ready.size === 0) break;
      try {
        await this.make(format);
        ready.add(format);
      } catch (error) {
        if (!(error instanceof OcrError) || error.code !== 'pdfa_not_possible') throw error;
        refused.push({ format, error });
      }
    }
    const [first] = refused;
    if (first && ready.size === 0) throw first.error;
    const inOrder = this.request.formats
      .filter((format) => ready.has(format))
      .toSorted((a, b) => Number(a === 'zip') - Number(b === 'zip'));
    return { files: inOrder.map((format) => ({ ...this.made.get(format)!, format })), refused, doubt: this.doubt };
  }

  private async make(format: ResultFormat): Promise<MergedFile> {
    if (isExportFormat(format)) await this.exported;
    const known = this.made.get(format);
    if (known !== undefined || isExportFormat(format)) return known!; // those of the exporters are made in one go
    const made = { format, ...(await this.write(format)) };
    this.made.set(format, made);
    return made;
  }

  private write(format: Exclude<ResultFormat, ExportFormat>): Promise<Omit<MergedFile, 'format'>> {
    if (format === 'pdf') return this.writePdf();
    return format === 'pdfa' ? this.writePdfA() : this.writeArchive();
  }

  /** The formats of the exporters in one pass over the pages: those that were asked for, or all, for an archive that is asked for alone. */
  private async makeExports(stop: AbortSignal): Promise<void> {
    const { facts, storedPages, outputDir } = this.request;
    const formats = this.isArchiveAlone ? EXPORT_FORMATS : this.formats.filter(isExportFormat);
    if (formats.length === 0) return;
    const signal = AbortSignal.any([this.request.signal, stop]);
    const made = formats.map((format): MergedFile & { format: ExportFormat } => {
      const { extension, contentType } = EXPORTERS[format];
      return { format, path: join(outputDir, `result.${extension}`), contentType, extension };
    });
    const files = new Map(made.map(({ format, path }) => [format, path]));
    await writeExports(this.documents, { facts, pages: storedPages(), files, signal });
    for (const file of made) this.made.set(file.format, file);
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
    const { facts, outputDir, signal } = this.request;
    if (this.isArchiveAlone) await this.make('pdf');
    await this.exported;
    const stem = parse(facts.name).name.replace(/[\p{Cc}<>:"|?*/\\]/gu, '_') || 'document';
    // In an order that does not depend on what was done first: the same results give the same archive.
    const formats = this.isArchiveAlone ? (['pdf', ...EXPORT_FORMATS] as const) : this.formats;
    const held = formats.flatMap((format) => this.made.get(format) ?? []);
    const entries = held.map(({ path, extension, contentType }) => {
      return { path, name: `${stem}.${extension}`, compress: contentType !== 'application/pdf' };
    });
    const path = join(outputDir, 'result.zip');
    await writeZip(entries, path, signal);
    return { path, contentType: 'application/zip', extension: 'zip' };
  }

  private async verify(pdf: PdfFile): Promise<void> {
    const { facts, pages, signal } = this.request;
    const request = { pdf, pageCount: facts.page_count, pages: pagesOf(pages, ['recognised']), reader: this.documents, signal };
    this.doubt ??= await verifySearchablePdf(request);
  }
}

/** The PDFs first, beside which the exporters' formats are written, then these, then the archive that holds the others. */
function turnOf(format: ResultFormat): number {
  if (format === 'zip') return 2;
  return isExportFormat(format) ? 1 : 0;
}

/** The pages whose text comes from there: the PDF gets nothing from others. */
async function* pagesOf(pages: MergeRequest['pages'], sources: readonly PageSource[]): AsyncGenerator<PageResult> {
  for await (const page of pages(sources)) if (!isFailedPage(page) && sources.includes(page.source)) yield page;
}
