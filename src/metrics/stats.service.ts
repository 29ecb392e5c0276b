import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { readStats } from './read-stats.js';
import type { Stats } from './stats.dto.js';

/** Milliseconds the figures are good for at least. */
const LEAST_AGE = 250;
/** How much longer than the reading took they are good for: reading takes at most a twentieth of the time. */
const AGE_PER_READING = 20;

/** The queue's figures, read at most four times a second however many ask. */
@Injectable()
export class StatsService {
  private reading: Promise<Stats> | undefined;
  private last: { stats: Stats; goodUntil: number } | undefined;

  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws OcrError service_unavailable */
  async current(): Promise<Stats> {
    if (this.last !== undefined && performance.now() < this.last.goodUntil) return this.last.stats;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<Stats> {
    const asked = performance.now();
    const stats = await readStats(this.database, this.settings.max_concurrent_tasks);
    const now = performance.now();
    this.last = { stats, goodUntil: now + Math.max(LEAST_AGE, (now - asked) * AGE_PER_READING) };
    return stats;
  }
}
