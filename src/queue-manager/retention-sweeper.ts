import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { taskOfPrefix } from '../task-manager/artifact-keys.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { forgetIdleTenants } from '../task-manager/sql/tenants.sql.js';
import { TaskManager } from '../task-manager/task-manager.js';
import { inParallel } from '../threads/in-parallel.js';
import { existing } from './lost-files.js';
import { forgetBatchKeys } from './sql/idempotency.sql.js';
import { forgetReadings } from './sql/page-cache.sql.js';
import { expiredTasks, forgetOldEvents, forgetTrash, takeTrash } from './sql/retention.sql.js';

const BATCH = 100;
/** Prefixes deleted at a time: of a store elsewhere, each takes its round trips. */
const DELETED_TOGETHER = 4;

/** Removes finished tasks, with rows and files, once `completed_task_retention` has passed. Safe on every node at once. */
@Injectable()
export class RetentionSweeper implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly tasks: TaskManager,
    private readonly logs: Logs,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    private readonly live: LiveSettings,
  ) {}

  /** What is under way ends with its batch. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** @returns how many tasks were removed */
  async runOnce(): Promise<number> {
    let removed = 0;
    for (;;) {
      const { rows } = await this.database.query<{ id: string }>(expiredTasks, [
        this.live.value('completed_task_retention'),
        BATCH,
      ]);
      for (const { id } of rows) if (await this.remove(id)) removed++;
      if (rows.length < BATCH || this.stopping) break;
    }
    await this.emptyTrash();
    await this.database.query(forgetOldEvents);
    await this.database.query(forgetIdleTenants);
    await this.database.query(forgetBatchKeys);
    await this.database.query(forgetReadings, [this.live.value('completed_task_retention')]);
    if (removed > 0) this.logs.queue.info({ removed }, 'removed finished tasks past their retention');
    return removed;
  }

  private async remove(taskId: string): Promise<boolean> {
    try {
      await this.tasks.delete(taskId);
      return true;
    } catch (error) {
      // Another node removed it, or it was sent through again meanwhile.
      if (error instanceof OcrError && (error.code === 'task_not_found' || error.code === 'invalid_transition')) return false;
      throw error;
    }
  }

  /** Until nothing in it is due. Ends early where nothing can be deleted at all: then the store is away. */
  private async emptyTrash(): Promise<void> {
    for (;;) {
      const { rows } = await this.database.query<{ prefix: string }>(takeTrash, [BATCH]);
      const { lost, kept } = await this.sort(rows.map(({ prefix }) => prefix));
      const gone = [...kept, ...(await this.deleteFiles(lost))];
      await this.database.query(forgetTrash, [gone]);
      if (rows.length < BATCH || gone.length === 0 || this.stopping) return;
    }
  }

  /** What lies in the trash by mistake is kept: its task was made after it had been missed. */
  private async sort(prefixes: readonly string[]): Promise<{ lost: string[]; kept: string[] }> {
    const ids = prefixes.map(taskOfPrefix).filter((id) => id !== undefined);
    const there = await existing(this.database, ids);
    const isKept = (prefix: string) => there.has(taskOfPrefix(prefix) ?? '');
    return { lost: prefixes.filter((prefix) => !isKept(prefix)), kept: prefixes.filter(isKept) };
  }

  /** A prefix that cannot be deleted stops no other. @returns those that were */
  private async deleteFiles(prefixes: readonly string[]): Promise<string[]> {
    const gone: string[] = [];
    const errors: unknown[] = [];
    await inParallel(prefixes, DELETED_TOGETHER, async (prefix) => {
      await this.store.deletePrefix(prefix).then(
        () => gone.push(prefix),
        (error: unknown) => errors.push(error),
      );
    });
    if (errors.length > 0) {
      this.logs.queue.warn(
        { prefixes: errors.length, err: errors[0] },
        'files of deleted tasks could not be removed; tried again later',
      );
    }
    return gone;
  }
}
