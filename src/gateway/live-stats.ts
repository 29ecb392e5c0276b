import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HealthRegistry } from '../health/health-registry.js';
import { Logs } from '../logging/logs.js';
import type { Stats } from '../metrics/stats.dto.js';
import { Loop } from '../threads/loop.js';
import { LiveReads } from './live-reads.js';
import { LiveUpdates } from './live-updates.js';

/** Milliseconds between two looks at the figures. */
const INTERVAL = 1000;

/** Tells those who watch all tasks the queue's figures, whenever they changed. */
@Injectable()
export class LiveStats implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private lastTold = '';

  constructor(
    private readonly live: LiveUpdates,
    private readonly reads: LiveReads,
    private readonly health: HealthRegistry,
    logs: Logs,
  ) {
    this.loop = new Loop('live statistics', () => this.runOnce(), INTERVAL, logs.queue);
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.health.watch(this.loop);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  async runOnce(): Promise<void> {
    if (!this.live.allAreWatched) return;
    const stats = await this.reads.currentStats();
    const news = newsOf(stats);
    if (news === this.lastTold) return;
    this.lastTold = news;
    this.live.tellStats(stats);
  }
}

/** The figures without those that only tell that time passes. */
function newsOf(stats: Stats): string {
  const timeless = new Set(['generated_at', 'oldest_wait_seconds', 'last_heartbeat_seconds', 'pages_per_minute']);
  return JSON.stringify(stats, (key, value: unknown) => (timeless.has(key) ? undefined : value));
}
