import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { forgetIdleTenants } from '../task-manager/sql/tenants.sql.js';
import { TaskManager } from '../task-manager/task-manager.js';
import { forgetReadings } from './sql/page-cache.sql.js';
import { expiredTasks, forgetOldEvents, forgetTrash, oldTrash } from './sql/retention.sql.js';

const BATCH = 100;

/** Removes finished tasks, with rows and files, once `completed_task_retention` has passed. Safe on every node at once. */
@Injectable()
export class RetentionSweeper {
  constructor(
    private readonly database: Database,
    private readonly tasks: TaskManager,
    private readonly logs: Logs,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    private readonly live: LiveSettings,
  ) {}

  /** @returns how many tasks were removed */
  async runOnce(): Promise<number> {
    let removed = 0;
    for (;;) {
      const { rows } = await this.database.query<{ id: string }>(expiredTasks, [
        this.live.value('completed_task_retention'),
        BATCH,
      ]);
      for (const { id } of rows) if (await this.remove(id)) removed++;
      if (rows.length < BATCH) break;
    }
    await this.emptyTrash();
    await this.database.query(forgetOldEvents);
    await this.database.query(forgetIdleTenants);
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

  private async emptyTrash(): Promise<void> {
    const { rows } = await this.database.query<{ prefix: string }>(oldTrash, [BATCH]);
    for (const { prefix } of rows) {
      await this.store.deletePrefix(prefix);
      await this.database.query(forgetTrash, [prefix]);
    }
  }
}
