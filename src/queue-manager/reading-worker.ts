import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { BaseOcr } from '../base-ocr/base-ocr.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { countWords, type PageResult } from '../document/page-result.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { readingKey } from '../task-manager/artifact-keys.js';
import { CHANNELS } from '../task-manager/channels.js';
import type { ReadingOptions } from '../task-manager/readings.js';
import * as sql from '../task-manager/sql/readings.sql.js';
import { NodeLease } from './node-lease.js';
import { WorkStopped } from './stop-reasons.js';

/** A row of the `ocr_claim_reading` statement. */
interface ClaimedReading {
  id: string;
  task_id: string;
  page: number;
  options: ReadingOptions;
  document_key: string;
  password: string | null;
}

/**
 * Reads the pages people want read once more, one at a time beside the node's ordinary work. The discipline is that of jobs:
 * a claim belongs to a node as long as its lease holds, and every write is fenced by the claim's token.
 */
@Injectable()
export class ReadingWorker {
  private readonly shutdown = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly lease: NodeLease,
    private readonly ocr: BaseOcr,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Begins no reading any more, and gives the one under way back to others. */
  stopReading(): void {
    this.shutdown.abort(new WorkStopped('shutdown'));
  }

  /** Puts the readings of lost nodes back, then reads until nothing waits. @returns how many pages were read */
  async runOnce(): Promise<number> {
    const lost = new OcrError('job_stalled').toStored();
    await this.database.query(sql.rescueReadings, [this.settings.max_stalls, lost, this.lease.nodeId ?? null]);
    for (let count = 0; ; count++) {
      const nodeId = this.lease.nodeId;
      if (nodeId === undefined || this.shutdown.signal.aborted) return count;
      const token = randomUUID();
      const { rows } = await this.database.query<ClaimedReading>(sql.claimReading, [nodeId, token]);
      if (rows[0] === undefined) return count;
      await this.work(rows[0], token);
      this.notifier.notify(CHANNELS.readings);
    }
  }

  private async work(reading: ClaimedReading, token: string): Promise<void> {
    const { id, task_id, page } = reading;
    try {
      const result = await this.read(reading);
      const key = readingKey(task_id, id, token);
      await this.store.put(key, Buffer.from(JSON.stringify(result)));
      const { source, engine, confidence, duration_ms } = result;
      const facts = [source, engine?.provider ?? null, confidence, countWords(result), Math.round(duration_ms)];
      await this.database.query(sql.finishReading, [id, token, key, ...facts]);
    } catch (thrown) {
      if (this.shutdown.signal.aborted) {
        await this.database.query(sql.giveBackReading, [id, token]);
        return;
      }
      const error = OcrError.from(thrown, 'engine_failed', { page });
      // Without the database nothing can be settled. The next run puts the reading back.
      if (error.code === 'service_unavailable') throw error;
      this.logs.tasks.warn({ task_id, page, reading_id: id, code: error.code, err: error }, 'a page could not be read once more');
      await this.database.query(sql.failReading, [id, token, error.toStored()]);
    }
  }

  /** Other than in ordinary work, nothing stands in for the provider and nothing read before is taken: it is this way that counts. */
  private read({ page, options, document_key, password }: ClaimedReading): Promise<PageResult> {
    return this.store.withLocalFile(document_key, (path) =>
      this.ocr.readPage({
        pdf: { path, password: password ?? undefined },
        page,
        provider: options.provider,
        language: options.language,
        mode: options.mode,
        dpi: options.dpi,
        preprocess: options.preprocess,
        secondLook: options.second_look,
        signal: this.shutdown.signal,
      }),
    );
  }
}
