import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../database/database.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import { Loop } from '../threads/loop.js';
import { compactMinutes, deleteOldMinutes, sampleQueue } from './sql/minutes.sql.js';

/** Seconds of the steps the statistics are written in. */
export const STEP_SECONDS = 10;
/** Seconds after which steps are put together to minutes: longer than any process may be late with its own. */
const FINE_SECONDS = 15 * 60;
const DAYS_KEPT = 90;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Looks at the queue once every step, and keeps the statistics small: minutes after a quarter of an hour, nothing after
 * 90 days. Every process does this; the database sees to it that it is done once.
 */
@Injectable()
export class StatisticsUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private lastCompaction = 0;
  private lastCleaning = 0;

  constructor(
    private readonly database: Database,
    private readonly health: HealthRegistry,
    logs: Logs,
  ) {
    this.loop = new Loop('queue statistics', () => this.runOnce(), (STEP_SECONDS * 1000) / 2, logs.queue);
  }

  onApplicationBootstrap(): void {
    this.health.watch(this.loop);
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  async runOnce(): Promise<void> {
    await this.database.query(sampleQueue, [STEP_SECONDS]);
    const now = Date.now();
    if (now - this.lastCompaction >= MINUTE) {
      await this.database.query(compactMinutes, [FINE_SECONDS]);
      this.lastCompaction = now;
    }
    if (now - this.lastCleaning >= HOUR) {
      await this.database.query(deleteOldMinutes, [DAYS_KEPT]);
      this.lastCleaning = now;
    }
  }
}
