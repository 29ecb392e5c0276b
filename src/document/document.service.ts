import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import type { DocumentKind, DocumentLimits, GrayImage, PageContent, PageSurvey, PdfFile, PdfInfo } from './document.types.js';
import type { ExportedPages, ExportOrder } from './exporters/export-pages.js';
import type { ExportThreads } from './exporters/write-exports.js';
import { imageToPdf } from './images/image-to-pdf.js';
import type { PageBlock } from './page-result.js';
import type { ColourImage } from './pdfium/draw.js';
import type { PreparationRequest, PreparedPage } from './preparation/preparation.types.js';
import { drawingThreads, PdfiumPool } from './pdfium/pdfium-pool.js';
import { sniffKind } from './sniff.js';

/** Options of one piece of work. An aborted signal rejects at once with its reason; the work is really stopped. */
export interface WorkOptions {
  readonly signal?: AbortSignal;
}

/**
 * Opens, looks into and draws documents, and writes their results. Everything happens in worker threads: no document blocks the event loop or takes
 * the process down. All page numbers are 1-based.
 */
@Injectable()
export class DocumentService implements ExportThreads, OnApplicationBootstrap, OnModuleDestroy {
  private readonly limits: DocumentLimits;
  private readonly pool: PdfiumPool;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.limits = { maxPages: settings.max_pages, maxPixels: settings.max_page_pixels };
    this.pool = new PdfiumPool({ size: drawingThreads(settings.ocr_slots), limits: this.limits });
  }

  /**
   * The document's kind, by its content.
   * @throws OcrError document_not_found, damaged_document (empty), unsupported_document
   */
  kindOf(path: string): Promise<DocumentKind> {
    return sniffKind(path);
  }

  /**
   * Opens the document and tells its page count.
   * @throws OcrError document_not_found, damaged_document, password_required, unsupported_document (its kind of
   *   protection), too_many_pages
   */
  open(pdf: PdfFile, signal?: AbortSignal): Promise<PdfInfo> {
    return this.pool.run({ op: 'open', pdf }, signal);
  }

  /**
   * What is on the page, without drawing it.
   * @throws OcrError those of `open`, page_out_of_range, render_failed
   */
  content(pdf: PdfFile, page: number, signal?: AbortSignal): Promise<PageContent> {
    return this.pool.run({ op: 'content', pdf, page }, signal);
  }

  /**
   * What is on each of these pages, with its own text: all of them in one go. Pages that cannot be looked into are left out.
   * @throws OcrError those of `open`, render_crashed
   */
  survey(pdf: PdfFile, pages: readonly number[], signal?: AbortSignal): Promise<PageSurvey[]> {
    return this.pool.run({ op: 'survey', pdf, pages }, signal);
  }

  /**
   * The page as displayed (turned, cropped, with annotations and form fields) in 8-bit gray. The buffer is the caller's own.
   * @throws OcrError those of `content`, page_too_large (told before anything is drawn), render_crashed
   */
  render(pdf: PdfFile, page: number, options: WorkOptions & { readonly dpi: number }): Promise<GrayImage> {
    return this.pool.run({ op: 'render', pdf, page, dpi: options.dpi }, options.signal);
  }

  /**
   * The page as displayed, ready for an engine: drawn at the resolution that suits it, cleaned, set straight. The image's buffer is
   * the caller's own.
   * @throws OcrError those of `render`
   */
  prepare(pdf: PdfFile, page: number, request: PreparationRequest, signal?: AbortSignal): Promise<PreparedPage> {
    return this.pool.run({ op: 'prepare', pdf, page, request }, signal);
  }

  /**
   * The page as displayed, in colour, `width` pixels wide: for people to look at.
   * @throws OcrError those of `render`
   */
  renderColour(pdf: PdfFile, page: number, options: WorkOptions & { readonly width: number }): Promise<ColourImage> {
    return this.pool.run({ op: 'renderColour', pdf, page, width: options.width }, options.signal);
  }

  /**
   * The page's own text, in the order of its content stream. `visibleOnly` leaves out invisible text (an OCR layer),
   * `invisibleOnly` gives nothing else.
   * @throws OcrError those of `content`
   */
  readText(
    pdf: PdfFile,
    page: number,
    options: WorkOptions & { readonly visibleOnly?: boolean; readonly invisibleOnly?: boolean } = {},
  ): Promise<PageBlock[]> {
    const choice = options.visibleOnly ? 'visible' : options.invisibleOnly ? 'invisible' : 'all';
    return this.pool.run({ op: 'readText', pdf, page, choice }, options.signal);
  }

  /**
   * Writes a PDF that shows the image's pages in their own physical size, pixel for pixel. A file left behind by a failure
   * is removed.
   * @throws OcrError damaged_document, unsupported_document, page_too_large, too_many_pages, render_crashed, storage_full
   */
  toPdf(path: string, kind: Exclude<DocumentKind, 'pdf'>, destination: string, signal?: AbortSignal): Promise<void> {
    return imageToPdf(path, kind, destination, this.limits, signal);
  }

  /**
   * Writes a document anew as PDFium understands it, which reads what nobody else does: `whole`, or its `pages` alone (without bookmarks, forms and
   * attachments), which a damaged page tree may ask for.
   * @throws OcrError those of `open`, merge_failed (not retryable) for encrypted documents and those PDFium cannot write, storage_full, render_crashed
   */
  async writeAnew(pdf: PdfFile, output: string, how: 'whole' | 'pages', signal?: AbortSignal): Promise<void> {
    await this.pool.run({ op: 'save', pdf, output, how }, signal);
  }

  /** Pages that can be worked on at the same time. */
  get size(): number {
    return drawingThreads(this.settings.ocr_slots);
  }

  /**
   * Finished pages in other formats. The files' bytes are given away: their arrays may be empty afterwards.
   * @throws OcrError storage_failed (a page is not in its file), merge_failed
   */
  exportPages(order: ExportOrder, signal?: AbortSignal): Promise<ExportedPages> {
    return this.pool.run({ op: 'export', order }, signal);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.pool.close();
  }

  /** A node that works is ready for the first document before it comes; nothing waits for that. */
  onApplicationBootstrap(): void {
    if (this.settings.roles.includes('worker')) void this.pool.warmUp();
  }

  onModuleDestroy(): Promise<void> {
    return this.close();
  }
}
