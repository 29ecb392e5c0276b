import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import type { PageSource } from '../document/page-result.js';
import { OcrError, type StoredError } from '../errors/ocr-error.js';
import { CHANNELS } from './channels.js';
import * as sql from './sql/readings.sql.js';
import type { Mode, PreprocessStep } from './task.types.js';

export const READING_STATES = ['waiting', 'running', 'done', 'failed'] as const;

/** How a page is read once more. */
export interface ReadingOptions {
  provider: string;
  language: string;
  mode: Mode;
  /** 0: what suits the page. */
  dpi: number;
  preprocess?: Partial<Record<PreprocessStep, boolean>>;
  second_look?: boolean;
}

/** A page read once more, beside its result. */
export interface Reading {
  id: string;
  task_id: string;
  page: number;
  options: ReadingOptions;
  state: (typeof READING_STATES)[number];
  /** Store key of its PageResult; set once it is done, as is what follows. */
  artifact_key: string | null;
  source: PageSource | null;
  provider: string | null;
  confidence: number | null;
  words: number | null;
  duration_ms: number | null;
  error: StoredError | null;
  created_at: Date;
  finished_at: Date | null;
  /** When it was last put in the place of the page's result. */
  accepted_at: Date | null;
  /** True for what the page was first read as, kept when another reading took its place; it may have failed then. */
  original: boolean;
}

/** Readings that may wait at the same time: they are for people, who look at one page at a time. */
const MOST_WAITING = 100;
const MOST_LISTED = 200;

/** Pages read once more for people who look into them. Any worker reads them; see ReadingWorker. */
@Injectable()
export class Readings {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
  ) {}

  /** Asks for a reading of a page. @throws OcrError queue_full */
  async request(taskId: string, page: number, options: ReadingOptions): Promise<Reading> {
    const { rows: waiting } = await this.database.query<{ count: number }>(sql.countWaitingReadings, [MOST_WAITING]);
    if (waiting[0]!.count >= MOST_WAITING) {
      throw new OcrError('queue_full', {
        detail: `${MOST_WAITING} readings are waiting; no more are taken now.`,
        retryAfter: 10,
      });
    }
    const { rows } = await this.database.query<Reading>(sql.insertReading, [uuidv7(), taskId, page, options]);
    this.notifier.notify(CHANNELS.readings);
    return rows[0]!;
  }

  /** @throws OcrError reading_not_found */
  async get(taskId: string, page: number, readingId: string): Promise<Reading> {
    const { rows } = await this.database.query<Reading>(sql.readReading, [readingId, taskId, page]);
    if (rows[0] === undefined) throw new OcrError('reading_not_found');
    return rows[0];
  }

  /** The readings of a page, the original one first, then the oldest; at most 200. */
  async list(taskId: string, page: number): Promise<Reading[]> {
    const { rows } = await this.database.query<Reading>(sql.readingsOfPage, [taskId, page, MOST_LISTED]);
    return rows;
  }
}
