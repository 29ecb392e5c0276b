import { Inject, Injectable, Optional, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { DocumentService } from '../document/document.service.js';
import type { DocumentKind, PdfFile } from '../document/document.types.js';
import type { PageResult } from '../document/page-result.js';
import { CIRCUIT_GUARD, NodeCircuitGuard, type CircuitGuard } from './circuit-guard.js';
import { EngineRegistry } from './engine-registry.js';
import type { EngineStatus } from './engines/ocr-engine.js';
import { mergeResults, type MergedFile, type MergedResults, type MergeRequest, type ResultFormat } from './merge-results.js';
import { PAGE_CACHE, type PageCache } from './page-cache.js';
import { planPage, type ReadMode } from './own-text.js';
import { withinPageTime } from './page-deadline.js';
import { guarded, readWithFallback } from './provider-fallback.js';
import { keepOwnText, readThroughPipeline, type ReadPageRequest, type SurveyedPages } from './page-reader.js';

export type { MergedFile, MergedResults, MergeRequest, ReadPageRequest, ResultFormat, SurveyedPages };

/** Seconds looking into many pages may take: what takes longer is better told page by page. */
const SURVEY_SECONDS = 10;

/** Milliseconds a first look at a document may take. */
const GLANCE_MS = 1000;
/** Pages it is given at most, the first and the last of the document among them. */
const GLANCED_AT = 6;
/** Pages of a document of which the first is as good a sample as any: little depends on it. */
const SHORT = 20;

/** A document that has come in. */
export interface PrepareRequest {
  readonly sourcePath: string;
  /** Where the PDF of an image is written. */
  readonly pdfPath: string;
  readonly password?: string;
  readonly mode: ReadMode;
  readonly signal?: AbortSignal;
}

/** What preparing a document tells. */
export interface PreparedDocument {
  kind: DocumentKind;
  /** True when the document is an image and its PDF lies at `pdfPath`; a PDF stays where it is. */
  converted: boolean;
  pageCount: number;
  /** Whether its pages carry all their text, by a sample of them: a hint of how long they may take. */
  carriesText: boolean;
}

/** Everything that is done to a document, one step at a time: preparing it, reading a page, merging the results. */
@Injectable()
export class BaseOcr implements OnModuleInit, OnModuleDestroy {
  /** Pages this node reads at the same time. */
  readonly slots: number;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DocumentService) private readonly documents: DocumentService,
    @Inject(EngineRegistry) private readonly engines: EngineRegistry,
    @Optional() @Inject(PAGE_CACHE) private readonly cache?: PageCache,
    @Optional() @Inject(CIRCUIT_GUARD) private readonly circuits: CircuitGuard = new NodeCircuitGuard(),
  ) {
    this.slots = settings.ocr_slots;
  }

  /** The start fails when the default provider or language is not there. */
  onModuleInit(): Promise<void> {
    return this.engines.bootCheck();
  }

  onModuleDestroy(): Promise<void> {
    return this.engines.close();
  }

  /**
   * Reads one page, by a stand-in when its provider is down. Takes at most `page_timeout` seconds.
   * @throws OcrError carrying the page: provider_not_available, language_not_available, the errors of opening and drawing
   *   (see DocumentService), engine_failed, engine_crashed, engine_unavailable, page_timeout; or the signal's reason.
   */
  readPage(request: ReadPageRequest): Promise<PageResult> {
    const { settings, documents, cache } = this;
    const providers = [request.provider, ...(request.fallback ?? [])];
    const engineOf = (name: string) => guarded(this.engines.get(name), this.circuits);
    const until = performance.now() + settings.page_timeout * 1000;
    return withinPageTime(request.page, settings.page_timeout, request.signal, (signal) =>
      readWithFallback(providers, signal, async (provider) =>
        readThroughPipeline(
          {
            documents,
            engine: engineOf(provider),
            // Those that come before it were asked already, or are down.
            standIns: providers.slice(providers.indexOf(provider) + 1).map(engineOf),
            cache,
            timeMs: until - performance.now(),
          },
          { ...request, provider, dpi: request.dpi || settings.default_dpi, signal },
        ),
      ),
    );
  }

  /**
   * Looks into many pages in one go, which takes a fraction of the time it takes to go through them one by one, and gives the results of
   * those that carry all their text themselves. Takes at most ten seconds, and `page_timeout` if that is less.
   * @throws OcrError those of opening the document, render_crashed, page_timeout; or the signal's reason
   */
  keepOwnText(
    request: Pick<ReadPageRequest, 'pdf' | 'mode' | 'signal'> & { readonly pages: readonly number[] },
  ): Promise<SurveyedPages> {
    const seconds = Math.min(SURVEY_SECONDS, this.settings.page_timeout);
    return withinPageTime(request.pages[0] ?? 1, seconds, request.signal, (signal) =>
      keepOwnText(this.documents, { ...request, signal }),
    );
  }

  /**
   * Recognises what kind of document it is, makes a PDF of an image, and counts the pages.
   * @throws OcrError document_not_found, unsupported_document, damaged_document, password_required, too_many_pages,
   *   page_too_large; or the signal's reason.
   */
  async prepare({ sourcePath, pdfPath, password, mode, signal }: PrepareRequest): Promise<PreparedDocument> {
    signal?.throwIfAborted();
    const kind = await this.documents.kindOf(sourcePath);
    if (kind !== 'pdf') await this.documents.toPdf(sourcePath, kind, pdfPath, signal);
    const pdf = kind === 'pdf' ? { path: sourcePath, password } : { path: pdfPath };
    const { pageCount } = await this.documents.open(pdf, signal);
    const carriesText =
      kind === 'pdf' && mode !== 'force' && pageCount > 1 && (await this.carriesText(pdf, pageCount, mode, signal));
    return { kind, converted: kind !== 'pdf', pageCount, carriesText };
  }

  /** What is wrong with the page is told when it is read. */
  private async carriesText(pdf: PdfFile, pageCount: number, mode: ReadMode, signal?: AbortSignal): Promise<boolean> {
    const clock = AbortSignal.timeout(GLANCE_MS);
    const sample = pageCount <= SHORT ? [1] : spread(pageCount, GLANCED_AT);
    const found = await this.documents
      .survey(pdf, sample, signal === undefined ? clock : AbortSignal.any([signal, clock]))
      .catch(() => []);
    signal?.throwIfAborted();
    const plans = found.map(({ content }) => planPage(content, mode));
    return (
      plans.length === sample.length && plans.includes('keep') && plans.every((plan) => plan === 'keep' || plan === 'nothing')
    );
  }

  /**
   * Writes the results of a document whose pages have been read, each format to a file of its own. The searchable PDF is
   * opened again and verified. After an error the folder may hold some of the results. A format this document cannot be written in
   * is told, not thrown, as long as there is another.
   * @throws OcrError merge_failed, verification_failed, pdfa_not_possible (it alone was asked for), storage errors of reading the pages; or the signal's reason.
   */
  merge<F extends ResultFormat>(request: MergeRequest<F>): Promise<MergedResults<F>> {
    return mergeResults(this.documents, request);
  }

  /** Whether each engine can work now. */
  providers(): Promise<EngineStatus[]> {
    return this.engines.statuses();
  }
}

/** So many of the pages, evenly spread from the first to the last. */
function spread(pageCount: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 + Math.round((index * (pageCount - 1)) / (count - 1)));
}
