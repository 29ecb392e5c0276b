import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr, type SurveyedPages } from '../../base-ocr/base-ocr.js';
import { SETTINGS, type Settings } from '../../config/settings.js';
import type { PageContent } from '../../document/document.types.js';
import { OcrError } from '../../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { Checkpoints } from '../../task-manager/checkpoints.js';
import type { Claim, ClaimWish } from '../../task-manager/claim.js';
import { ClaimLost } from '../../task-manager/fence.js';
import { pagesOf, Settlement } from '../../task-manager/settlement.js';
import { WorkObserver } from '../../task-manager/work-observer.js';
import type { AnnouncedPages } from '../page-slots.js';
import { TextCarriers } from '../text-carriers.js';
import { settleWhenPossible } from './settle-when-possible.js';

/** Most pages looked into at a time: their text is in memory together. As they likely need no engine, they take one place. */
const SURVEYED = 20;
const NOTHING_FOUND: SurveyedPages = { kept: [], others: new Map() };

/** Recognises the pages of a chunk that are not finished yet, each checkpointed as soon as it is read. */
@Injectable()
export class ChunkJob {
  constructor(
    private readonly ocr: BaseOcr,
    private readonly checkpoints: Checkpoints,
    private readonly settlement: Settlement,
    private readonly observer: WorkObserver,
    private readonly textCarriers: TextCarriers,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Places the chunk will ask for: one a page; one a look where all there was before in its document was text to be kept, so that
   * chunks are looked into side by side.
   */
  placesFor(claim: Claim): number {
    return this.placesOf(claim, claim.lastPage! - claim.firstPage! + 1);
  }

  /**
   * One failed page does not stop the others: a page that may succeed later fails the attempt at its end, so that the next
   * attempt reads just what is missing; on the last attempt it is kept as failed and the task goes on (unless nobody was there to read it).
   * @param wish what the node would take next, asked when the chunk ends
   * @returns the next claim, when it came with the end of this one
   * @throws OcrError of the first page that is worth another attempt, ClaimLost, the signal's reason
   */
  async process(
    claim: Claim,
    places: AnnouncedPages,
    signal: AbortSignal,
    wish: () => ClaimWish | undefined,
  ): Promise<Claim | undefined> {
    const todo = pagesOf(claim, await this.checkpoints.finished(claim));
    const retryable = await this.store.withLocalFile(documentKeyOf(claim), async (path) => {
      const { kept, others } = await this.keepOwnText(claim, path, todo, places, signal);
      const left = todo.filter((page) => !kept.has(page));
      return this.readPages(left, places, signal, (page, either) => {
        return this.readPage(claim, path, page, either, others.get(page));
      });
    });
    if (retryable !== undefined) throw retryable;
    return settleWhenPossible(signal, () => this.settlement.chunkFinished(claim, wish()));
  }

  /**
   * Keeps the pages that carry all their text, many at a time: they take an engine none of its time, and would take the database and the
   * store most of it one by one. What goes wrong here goes wrong again, and is told, where the pages are read one by one.
   * @returns the pages that are done, and what is on the others
   */
  private async keepOwnText(
    claim: Claim,
    path: string,
    todo: readonly number[],
    places: AnnouncedPages,
    signal: AbortSignal,
  ): Promise<{ kept: ReadonlySet<number>; others: ReadonlyMap<number, PageContent> }> {
    const { options, password, id } = claim.task;
    const kept = new Set<number>();
    const others = new Map<number, PageContent>();
    if (!this.looksAhead(claim) || todo.length === 1) return { kept, others };
    for (let from = 0; from < todo.length; from += SURVEYED) {
      const pages = todo.slice(from, from + SURVEYED);
      const request = { pdf: { path, password }, pages, mode: options.mode, signal };
      // One place for it all: the writing goes on while the next chunk is taken for the places that are spared.
      const look = async () => {
        const surveyed = await this.ocr.keepOwnText(request).catch(() => NOTHING_FOUND);
        signal.throwIfAborted();
        const emptyOnes = [...surveyed.others.values()].filter(({ empty }) => empty).length;
        this.textCarriers.remember(id, surveyed.kept.length > 0 && surveyed.kept.length + emptyOnes === pages.length);
        const lookedAt = from + pages.length;
        const toRead = lookedAt - kept.size - surveyed.kept.length;
        places.expect(toRead + this.placesOf(claim, todo.length - lookedAt));
        if (surveyed.kept.length > 0) await this.checkpoints.pagesKept(claim, surveyed.kept, signal);
        return surveyed;
      };
      // Where most likely it is all there is to do, the place it takes is one of those announced.
      const found = await (this.textCarriers.has(id) ? places.run(signal, look) : places.runAhead(signal, look));
      for (const [page, content] of found.others) others.set(page, content);
      for (const { page, duration_ms } of found.kept.map(({ facts }) => facts)) {
        kept.add(page);
        this.observer.pages.next({ task_id: id, provider: options.ocr_provider, source: 'kept', duration_ms, failed: false });
      }
    }
    return { kept, others };
  }

  private placesOf(claim: Claim, pages: number): number {
    return this.looksAhead(claim) && this.textCarriers.has(claim.task.id) ? Math.ceil(pages / SURVEYED) : pages;
  }

  /** A page that hangs is found by itself, not with others again and again. */
  private looksAhead({ task, attempt }: Claim): boolean {
    return task.options.mode !== 'force' && attempt === 1;
  }

  private async readPages(
    todo: readonly number[],
    places: AnnouncedPages,
    signal: AbortSignal,
    readPage: (page: number, signal: AbortSignal) => Promise<OcrError | undefined>,
  ): Promise<OcrError | undefined> {
    // What fails the whole attempt (no claim, no room) stops the pages beside it: they could not be kept either.
    const beside = new AbortController();
    const either = AbortSignal.any([signal, beside.signal]);
    const outcomes = await Promise.allSettled(
      todo.map((page) =>
        places
          .run(either, () => readPage(page, either))
          .catch((error: unknown) => {
            beside.abort(error);
            throw beside.signal.reason;
          }),
      ),
    );
    signal.throwIfAborted();
    let retryable: OcrError | undefined;
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      retryable ??= outcome.value;
    }
    return retryable;
  }

  /** Reads and keeps one page. @returns the error when another attempt is worth it */
  private async readPage(
    claim: Claim,
    path: string,
    page: number,
    signal: AbortSignal,
    content: PageContent | undefined,
  ): Promise<OcrError | undefined> {
    const { options, password } = claim.task;
    const started = performance.now();
    try {
      const result = await this.ocr.readPage({
        pdf: { path, password },
        page,
        mode: options.mode,
        language: options.language,
        provider: options.ocr_provider,
        fallback: options.provider_fallback,
        dpi: options.dpi,
        preprocess: options.preprocess,
        secondLook: options.second_look,
        content,
        cacheFor: (options.cache ?? this.settings.page_cache) ? { tenant: claim.task.tenant, task: claim.task.id } : undefined,
        signal,
      });
      await this.checkpoints.pageDone(claim, result, signal);
      this.observer.pages.next({
        task_id: claim.task.id,
        provider: result.engine?.provider ?? options.ocr_provider,
        source: result.source,
        duration_ms: result.duration_ms,
        failed: false,
      });
      return undefined;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ClaimLost) throw thrown;
      const error = OcrError.from(thrown, 'engine_failed', { page });
      if (error.phase === 'queue' || error.phase === 'deliver') throw error;
      // Of a provider that is down the circuits know more than one page: whether the attempt counts is seen at its end.
      const isForLater = claim.attempt < this.settings.max_attempts || error.code === 'engine_unavailable';
      if (error.retryable && isForLater) return error;
      const duration = performance.now() - started;
      await this.checkpoints.pageFailed(claim, page, error, duration, signal);
      const facts = { task_id: claim.task.id, provider: options.ocr_provider, source: null, duration_ms: duration };
      this.observer.pages.next({ ...facts, failed: true, code: error.code });
      return undefined;
    }
  }
}

/** The store key of the PDF a prepared task's pages are read from. */
export function documentKeyOf(claim: Claim): string {
  if (claim.task.documentKey === null) throw new OcrError('storage_failed', { detail: 'The task has no prepared document.' });
  return claim.task.documentKey;
}
