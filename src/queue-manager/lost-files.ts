import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { Logs } from '../logging/logs.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { taskOfPrefix, taskPrefix, TASKS_PREFIX } from '../task-manager/artifact-keys.js';
import { untilDatabaseAnswers } from '../task-manager/database-patience.js';
import { filesWatchedSince, trashOfLostTasks } from './sql/leftovers.sql.js';
import { existingTasks } from './sql/retention.sql.js';

/** Tasks asked for at a time. */
const BATCH = 1000;

/** Milliseconds after which files without a task are not those of a document that is just coming in. */
const LOST_AFTER = 24 * 3600 * 1000;

/**
 * Finds files in the store whose task was never made, or went with a crash of the database, and leaves them to the trash. Whoever empties
 * that looks once more whether the task is there: a commit whose answer was lost may come late.
 */
@Injectable()
export class LostFiles implements OnModuleDestroy {
  private readonly suspects = new Set<string>();
  private readonly shutdown = new AbortController();
  private isTelling = false;

  constructor(
    private readonly database: Database,
    private readonly logs: Logs,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  onModuleDestroy(): void {
    this.shutdown.abort();
  }

  /**
   * Leaves the files of a task to the trash if there is no such task, as soon as the database tells. What this process does not live to be
   * told, {@link runOnce} finds.
   */
  suspect(taskId: string): void {
    this.suspects.add(taskId);
    if (!this.isTelling) void this.tell().catch(() => {});
  }

  /**
   * Goes through the store for tasks' files that are older than a day and have no task: those of processes that were killed between the
   * two. What was there before this database is left alone. Safe on every node at once. @returns how many tasks' files were left to the trash
   */
  async runOnce(now: number = Date.now()): Promise<number> {
    const { rows } = await this.database.query<{ since: Date }>(filesWatchedSince);
    if (rows[0] === undefined) return 0;
    const time: Time = { from: rows[0].since.getTime(), until: now - LOST_AFTER };
    let found = 0;
    let batch: string[] = [];
    const look = async () => {
      found += await this.throwAway(await this.ofTime(await this.withoutTask(batch), time));
      batch = [];
    };
    for await (const prefix of this.store.folders(TASKS_PREFIX)) {
      if (this.shutdown.signal.aborted) return found;
      const taskId = taskOfPrefix(prefix);
      if (taskId !== undefined) batch.push(taskId);
      if (batch.length === BATCH) await look();
    }
    await look();
    if (found > 0) this.logs.queue.warn({ tasks: found }, 'found files in the store that have no task; they are removed');
    return found;
  }

  private async tell(): Promise<void> {
    this.isTelling = true;
    try {
      while (this.suspects.size > 0) {
        const ids = [...this.suspects];
        await untilDatabaseAnswers(this.shutdown.signal, () => this.throwAway(ids));
        for (const id of ids) this.suspects.delete(id);
      }
    } finally {
      this.isTelling = false;
    }
  }

  private async throwAway(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { rowCount } = await this.database.query(trashOfLostTasks, [ids.map(taskPrefix), ids]);
    return rowCount ?? 0;
  }

  private async withoutTask(ids: readonly string[]): Promise<string[]> {
    const there = await existing(this.database, ids);
    return ids.filter((id) => !there.has(id));
  }

  /** Those of which every file was written in a time. */
  private async ofTime(ids: readonly string[], time: Time): Promise<string[]> {
    const found: string[] = [];
    for (const id of ids) if (await this.isOfTime(taskPrefix(id), time)) found.push(id);
    return found;
  }

  private async isOfTime(prefix: string, { from, until }: Time): Promise<boolean> {
    let hasFiles = false;
    for await (const key of this.store.list(prefix)) {
      const written = (await this.store.stat(key))?.modified.getTime();
      if (written === undefined) continue;
      if (written < from || written >= until) return false;
      hasFiles = true;
    }
    return hasFiles;
  }
}

/** Milliseconds since 1970: from the first on, before the second. */
interface Time {
  from: number;
  until: number;
}

/** Which of these tasks there are. */
export async function existing(database: Queryable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await database.query<{ id: string }>(existingTasks, [ids]);
  return new Set(rows.map(({ id }) => id));
}
