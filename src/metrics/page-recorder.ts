import { randomUUID } from 'node:crypto';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { Database } from '../database/database.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { WorkObserver, type PageWork } from '../task-manager/work-observer.js';
import { Loop } from '../threads/loop.js';
import { writeSteps } from './sql/minutes.sql.js';
import { STEP_SECONDS } from './statistics-upkeep.js';

const FLUSH_INTERVAL = 3000;
const STEP = STEP_SECONDS * 1000;
/** Milliseconds steps are remembered after they were written, for clocks that are set back. */
const REMEMBERED = 5 * 60_000;

interface Step {
  done: number;
  failed: number;
  ms: number;
}

/**
 * Keeps the pages this process finished, step by step, in `ocr_stats_minutes`, where they outlive their tasks. A process
 * that is killed loses the last seconds of these figures, nothing else. Ended tasks are counted by the database itself.
 */
@Injectable()
export class PageRecorder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Whose rows these are: this process's, for its life. */
  private readonly id = randomUUID();
  /** Totals of the latest steps by their beginning. */
  private readonly steps = new Map<number, Step>();
  private readonly unwritten = new Set<number>();
  private readonly loop: Loop;
  private subscription: Subscription | undefined;

  constructor(
    private readonly database: Database,
    private readonly observer: WorkObserver,
    private readonly health: HealthRegistry,
    logs: Logs,
  ) {
    this.loop = new Loop('page statistics', () => this.runOnce(), FLUSH_INTERVAL, logs.queue);
  }

  onApplicationBootstrap(): void {
    this.subscription = this.observer.pages.subscribe((page) => this.add(page, Date.now()));
    this.loop.start();
    this.health.watch(this.loop);
  }

  /** Writes the rest, once everybody has stopped working. A database that is gone costs the last seconds of these figures. */
  async beforeApplicationShutdown(): Promise<void> {
    this.subscription?.unsubscribe();
    await this.loop.stop();
    await this.flush(Date.now()).catch(() => {});
  }

  async runOnce(): Promise<void> {
    await this.flush(Date.now());
  }

  private add(page: PageWork, now: number): void {
    const start = now - (now % STEP);
    const step = this.steps.get(start) ?? { done: 0, failed: 0, ms: 0 };
    step[page.failed ? 'failed' : 'done'] += 1;
    step.ms += Math.round(page.duration_ms);
    this.steps.set(start, step);
    this.unwritten.add(start);
  }

  private async flush(now: number): Promise<void> {
    const starts = [...this.unwritten];
    if (starts.length > 0) {
      const columns = starts.map((start) => this.steps.get(start)!);
      const dates = starts.map((start) => new Date(start));
      this.unwritten.clear();
      try {
        const counts = [columns.map((step) => step.done), columns.map((step) => step.failed), columns.map((step) => step.ms)];
        await this.database.query(writeSteps, [this.id, dates, ...counts]);
      } catch (error) {
        for (const start of starts) this.unwritten.add(start);
        throw error;
      }
    }
    for (const start of this.steps.keys()) {
      if (start + REMEMBERED <= now && !this.unwritten.has(start)) this.steps.delete(start);
    }
  }
}
