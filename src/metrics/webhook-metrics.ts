import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge } from '@prometheus-io/client';
import type { Subscription } from 'rxjs';
import { Database } from '../database/database.js';
import { WorkObserver } from '../task-manager/work-observer.js';
import { forScrape } from './for-scrape.js';
import { MetricsRegistry } from './metrics-registry.js';
import { waitingWebhooks } from './sql/webhooks.sql.js';

/** More need not be told apart, and would take a while to count. */
const MOST_COUNTED = 100_000;

/** What this process does for webhooks, and what waits to be sent by all. */
@Injectable()
export class WebhookMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly attempts: Counter<'outcome'>;
  private readonly waiting: Gauge;
  private readonly oldest: Gauge;
  private subscription: Subscription | undefined;

  constructor(
    registry: MetricsRegistry,
    private readonly observer: WorkObserver,
    private readonly database: Database,
  ) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'ocr_webhooks_total',
      help: 'Webhooks this process delivered, will try again, or has given up (failed).',
      labelNames: ['outcome'],
      registers,
    });
    this.waiting = new Gauge({
      name: 'ocr_webhooks_waiting',
      help: 'Webhooks that wait to be sent, by whatever process.',
      registers,
    });
    this.oldest = new Gauge({
      name: 'ocr_webhooks_oldest_wait_seconds',
      help: 'How long the oldest of them has waited.',
      registers,
    });
  }

  onModuleInit(): void {
    this.subscription = this.observer.webhooks.subscribe(({ outcome }) => this.attempts.inc({ outcome }));
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
  }

  /** Brings the gauges up to date; while the database does not answer they are left out. Called before each scrape. */
  async refresh(): Promise<void> {
    const found = await forScrape(
      this.database.query<{ waiting: number; oldest_seconds: number }>(waitingWebhooks, [MOST_COUNTED]),
    );
    const row = found?.rows[0];
    this.waiting.remove();
    this.oldest.remove();
    if (row === undefined) return;
    this.waiting.set(row.waiting);
    this.oldest.set(row.oldest_seconds);
  }
}
