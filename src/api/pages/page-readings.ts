import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Listener } from '../../database/listener.js';
import { DocumentService } from '../../document/document.service.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { CHANNELS } from '../../task-manager/channels.js';
import { PageReplacements } from '../../task-manager/page-replacements.js';
import { Readings, type Reading } from '../../task-manager/readings.js';
import { TaskQueries } from '../../task-manager/task-queries.js';
import type { ReadingRequest } from '../requests/reading-request.js';
import { OptionRules } from '../tasks/option-rules.js';

/** Milliseconds between two looks when no notification came. */
const LOOK = 1000;

/** Lets people have pages read once more, and take what pleases them better. */
@Injectable()
export class PageReadings {
  constructor(
    private readonly readings: Readings,
    private readonly replacements: PageReplacements,
    private readonly queries: TaskQueries,
    private readonly rules: OptionRules,
    private readonly documents: DocumentService,
    private readonly listener: Listener,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  /**
   * Has a finished page read once more, by any worker, and waits up to `patience` seconds for it.
   * @returns the reading as it is then: done, failed, or still to come
   * @throws OcrError task_not_found, page_not_found (also while it is not finished), provider_not_available,
   *   language_not_available, queue_full; the signal's reason once it is aborted
   */
  async read(taskId: string, page: number, asked: ReadingRequest, patience: number, signal: AbortSignal): Promise<Reading> {
    await this.queries.page(taskId, page);
    const { options: present } = await this.queries.documentWithPage(taskId, page);
    const requested = await this.readings.request(taskId, page, await this.rules.forReading(asked, present));
    return this.waitFor(requested, performance.now() + patience * 1000, signal);
  }

  /**
   * Puts a reading in the place of the page's result, and has the results of a completed task merged anew.
   * @throws OcrError reading_not_found, invalid_transition when it is not done; password_required when the results could not
   *   be made any more, because the password was forgotten with the task's end
   */
  async accept(taskId: string, page: number, readingId: string): Promise<Reading> {
    const reading = await this.readings.get(taskId, page, readingId);
    const { key, password } = await this.queries.documentWithPage(taskId, page);
    if (password === undefined) await this.store.withLocalFile(key, (path) => this.documents.open({ path }));
    await this.replacements.replace(reading);
    return this.readings.get(taskId, page, readingId);
  }

  private async waitFor({ id, task_id, page }: Reading, until: number, signal: AbortSignal): Promise<Reading> {
    for (;;) {
      const change = this.nextChange();
      try {
        const reading = await this.readings.get(task_id, page, id);
        const left = until - performance.now();
        if (reading.state === 'done' || reading.state === 'failed' || left <= 0) return reading;
        await Promise.race([change.happened, sleep(Math.min(LOOK, left), undefined, { signal })]);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        change.forget();
      }
    }
  }

  /** Listens before looking, so that nothing is missed between the two. */
  private nextChange(): { happened: Promise<void>; forget: () => void } {
    let forget = () => {};
    const happened = new Promise<void>((resolve) => {
      forget = this.listener.on(CHANNELS.readings, () => resolve());
    });
    return { happened, forget };
  }
}
