import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Counter, Histogram } from '@prometheus-io/client';
import type { Subscription } from 'rxjs';
import { WorkObserver, type JobWork, type PageWork } from '../task-manager/work-observer.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Seconds: a kept page takes milliseconds, a recognised one about a second, a hard one a minute. */
const PAGE_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120];
const JOB_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 20, 40, 80, 160, 300, 600];

/** Counters and durations of what this process works on. */
@Injectable()
export class WorkMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly pages: Counter<'outcome' | 'source' | 'provider'>;
  private readonly pageSeconds: Histogram<'source' | 'provider'>;
  private readonly jobs: Counter<'kind' | 'outcome'>;
  private readonly jobSeconds: Histogram<'kind'>;
  private readonly failures: Counter<'kind' | 'code'>;
  private readonly rescues: Counter;
  private readonly substitutions: Counter<'provider'>;
  private subscriptions: Subscription[] = [];

  constructor(
    registry: MetricsRegistry,
    private readonly observer: WorkObserver,
  ) {
    const registers = [registry];
    this.pages = new Counter({
      name: 'ocr_pages_total',
      help: 'Pages finished by this process.',
      labelNames: ['outcome', 'source', 'provider'],
      registers,
    });
    this.pageSeconds = new Histogram({
      name: 'ocr_page_duration_seconds',
      help: 'Work on a page that was finished well.',
      labelNames: ['source', 'provider'],
      buckets: PAGE_BUCKETS,
      registers,
    });
    this.jobs = new Counter({
      name: 'ocr_jobs_total',
      help: 'Attempts at jobs that ended in this process.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.jobSeconds = new Histogram({
      name: 'ocr_job_duration_seconds',
      help: 'Attempts at jobs that were done, from claim to end.',
      labelNames: ['kind'],
      buckets: JOB_BUCKETS,
      registers,
    });
    this.failures = new Counter({
      name: 'ocr_failures_total',
      help: 'Failures by error code: pages for good, and attempts at jobs whether retried or not.',
      labelNames: ['kind', 'code'],
      registers,
    });
    this.rescues = new Counter({
      name: 'ocr_rescues_total',
      help: 'Jobs this process took from nodes that were lost.',
      registers,
    });
    this.substitutions = new Counter({
      name: 'ocr_provider_substitutions_total',
      help: 'Documents and retries that asked for a provider this process is not set up for, as they were judged: the default one stands in.',
      labelNames: ['provider'],
      registers,
    });
  }

  onModuleInit(): void {
    this.subscriptions = [
      this.observer.pages.subscribe((page) => this.countPage(page)),
      this.observer.jobs.subscribe((job) => this.countJob(job)),
      this.observer.rescues.subscribe((rescued) => this.rescues.inc(rescued)),
      this.observer.substitutions.subscribe((provider) => this.substitutions.inc({ provider })),
    ];
  }

  onModuleDestroy(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
  }

  private countPage({ failed, source, provider, duration_ms, code }: PageWork): void {
    this.pages.inc({ outcome: failed ? 'failed' : 'done', source: source ?? 'none', provider });
    if (!failed) this.pageSeconds.observe({ source: source ?? 'none', provider }, duration_ms / 1000);
    else this.failures.inc({ kind: 'page', code: code ?? 'internal_error' });
  }

  private countJob({ kind, outcome, duration_ms, code }: JobWork): void {
    this.jobs.inc({ kind, outcome });
    if (outcome === 'done') this.jobSeconds.observe({ kind }, duration_ms / 1000);
    if (code !== undefined) this.failures.inc({ kind, code });
  }
}
