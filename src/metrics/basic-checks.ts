import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import { OcrError } from '../errors/ocr-error.js';
import { HealthRegistry, type Health } from '../health/health-registry.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';

/** Milliseconds the store's answer is good for: checking it writes to it. */
const STORE_ANSWER_AGE = 5000;

/** The checks every process has: the database, hearing from it, and the document store. */
@Injectable()
export class BasicChecks implements OnModuleInit {
  private storeAnswer: { health: Promise<Health>; goodUntil: number } | undefined;

  constructor(
    private readonly health: HealthRegistry,
    private readonly database: Database,
    private readonly listener: Listener,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  onModuleInit(): void {
    this.health.register('database', async () =>
      (await this.database.isHealthy())
        ? { healthy: true }
        : { healthy: false, code: 'database_silent', detail: 'The database does not answer.' },
    );
    this.health.watch(this.listener);
    this.health.register('store', () => this.askStore());
  }

  private askStore(): Promise<Health> {
    if (this.storeAnswer === undefined || performance.now() >= this.storeAnswer.goodUntil) {
      const health = this.store.check().then(
        (): Health => ({ healthy: true }),
        (error: unknown): Health =>
          OcrError.from(error, 'storage_failed').code === 'storage_full'
            ? { healthy: false, code: 'store_full', detail: 'The document store is full.' }
            : { healthy: false, code: 'store_not_writable', detail: 'The document store cannot be written to.' },
      );
      this.storeAnswer = { health, goodUntil: performance.now() + STORE_ANSWER_AGE };
    }
    return this.storeAnswer.health;
  }
}
