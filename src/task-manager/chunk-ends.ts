import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import type { StoredError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { logFaultyEnd } from './failure-log.js';
import * as jobs from './sql/jobs.sql.js';
import * as pages from './sql/pages.sql.js';
import * as tasks from './sql/tasks.sql.js';
import { changeAndTell, countPages, failTask } from './task-changes.js';
import type { TaskStatus } from './task.types.js';
import { isFinal } from './transitions.js';

interface UnfinishedRow {
  unfinished: boolean;
  backed_off: boolean;
}

/** Tasks that are not in work looked at each time for what was forgotten. */
const TASKS_A_LOOK = 500;
const OTHER = { queued: 'paused', paused: 'queued' } as const;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Finds out when a task's chunks have all ended, and brings what follows. Three looks, each for what the one before cannot see: with the end of a chunk,
 * once more a moment later, and now and then at every unfinished task.
 */
@Injectable()
export class ChunkEnds {
  private readonly toLookAt = new Set<string>();
  /** How far tasks that are not in work have been looked at. */
  private lookedThrough: { status: keyof typeof OTHER; after: string } = { status: 'queued', after: FIRST_ID };

  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
  ) {}

  /**
   * A chunk has ended, well or badly, and that is committed: of chunks that end at the same time, the last to commit sees here
   * that nothing is left.
   * @param isLast false when others of its task were seen to wait
   */
  async ended(taskId: string, isLast: boolean): Promise<void> {
    this.toLookAt.add(taskId);
    if (!isLast) return;
    const { rows } = await this.database.query<UnfinishedRow>(jobs.unfinishedWork, [taskId]);
    if (!rows[0]!.unfinished || rows[0]!.backed_off) await this.settleChunks(taskId);
  }

  /**
   * Looks once more at the tasks of which a chunk ended. Another one that still waited then may have been taken and ended before
   * the first one's end was committed, so that neither saw that it was the last; a chunk beside it may have gone into a backoff at the same
   * time, so that neither saw that nothing is left to do for now; or the database was lost before the look at the end itself. Costs nothing
   * while no chunk ends.
   */
  async lookAgain(): Promise<void> {
    if (this.toLookAt.size === 0) return;
    const ids = [...this.toLookAt];
    this.toLookAt.clear();
    try {
      await this.conclude(await this.database.query(jobs.withoutWork, [ids]));
    } catch (error) {
      for (const id of ids) this.toLookAt.add(id);
      throw error;
    }
  }

  /**
   * Brings the merge of unfinished tasks that have no job left: their node died between the end of a chunk and the look after it. All tasks in
   * work are looked at; of those that wait or are paused, which there may be many of, some each time.
   */
  async mergeForgotten(): Promise<void> {
    await this.conclude(await this.database.query(jobs.tasksWithoutWork, [100]));
    const { status, after } = this.lookedThrough;
    const { rows } = await this.database.query<{ id: string; forgotten: boolean }>(jobs.tasksWithoutWorkAmong, [
      status,
      after,
      TASKS_A_LOOK,
    ]);
    this.lookedThrough =
      rows.length === TASKS_A_LOOK ? { status, after: rows.at(-1)!.id } : { status: OTHER[status], after: FIRST_ID };
    await this.conclude({ rows: rows.filter(({ forgotten }) => forgotten) });
  }

  private async conclude({ rows }: { rows: readonly { id: string }[] }): Promise<void> {
    for (const { id } of rows) await this.settleChunks(id);
  }

  private async settleChunks(taskId: string): Promise<void> {
    const error = await changeAndTell(this.database, this.notifier, (tx) => this.concludeChunks(tx, taskId));
    if (error !== undefined) logFaultyEnd(this.logs.tasks, taskId, 'failed', error);
  }

  /**
   * When no chunk is left, the merge follows; a task without one good page has nothing to merge and fails.
   * @returns why it failed
   */
  private async concludeChunks(tx: Queryable, taskId: string): Promise<StoredError | undefined> {
    // Several may have seen that nothing is left: the lock lets one of them bring the merge, the others then see it.
    const { rows } = await tx.query<{ status: TaskStatus }>(tasks.lockTask, [taskId]);
    if (rows[0] === undefined || isFinal(rows[0].status)) return undefined;
    const { rows: left } = await tx.query<UnfinishedRow>(jobs.unfinishedWork, [taskId]);
    if (left[0]!.unfinished) {
      if (left[0]!.backed_off) await tx.query(tasks.recomputeReadyAt, [taskId]);
      return undefined;
    }
    const counted = await countPages(tx, taskId);
    if (counted.done === 0 && counted.failed > 0) {
      const { rows: failed } = await tx.query<{ error: StoredError }>(pages.failedPages, [taskId, 1]);
      await failTask(tx, taskId, failed[0]!.error);
      return failed[0]!.error;
    }
    await tx.query(jobs.insertMergeJob, [taskId]);
    await tx.query(tasks.recomputeReadyAt, [taskId]);
    return undefined;
  }
}
