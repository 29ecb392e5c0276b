import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { transactionWithUndo } from '../database/undo.js';
import { OcrError } from '../errors/ocr-error.js';
import { CHANNELS } from './channels.js';
import type { Reading, ReadingOptions } from './readings.js';
import { placeFromNow } from './sort-key.js';
import { insertEvent } from './sql/events.sql.js';
import * as sql from './sql/replacement.sql.js';
import { lockTask, readStatus } from './sql/tasks.sql.js';
import { nextStatus, sourcesOf } from './transitions.js';
import type { Priority, TaskOptions, TaskStatus } from './task.types.js';

const TRIES = 5;

interface TaskRow {
  status: TaskStatus;
  priority: Priority;
  options: TaskOptions;
}

interface PageRow {
  state: 'done' | 'failed';
  artifact_key: string | null;
}

/** Puts later readings of pages in the place of their results. */
@Injectable()
export class PageReplacements {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
  ) {}

  /**
   * From now on the page's result is this reading; a failed page becomes a done one. What the page was before is kept as a reading, too:
   * accepting that one undoes this, also where it makes the page a failed one again. The results of a completed task are merged anew,
   * the earlier ones staying until then. Repeating is harmless.
   * @throws OcrError invalid_transition when the reading is neither done nor the original one; task_not_found, page_not_found when they have gone
   */
  async replace(reading: Reading): Promise<void> {
    if (reading.state !== 'done' && !reading.original) {
      throw new OcrError('invalid_transition', {
        detail: `The reading is ${reading.state}; only one that is done can be accepted.`,
      });
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const outcome = await transactionWithUndo<'changed' | 'unchanged' | 'overtaken'>(this.database, async (tx, undo) => {
        return (await this.replaceOnce(tx, reading)) ?? undo('overtaken');
      });
      if (outcome === 'changed') {
        this.notifier.notify(CHANNELS.events);
        this.notifier.notify(CHANNELS.jobs);
      }
      if (outcome !== 'overtaken') return;
    }
    throw new OcrError('service_unavailable', { detail: 'The task is being changed by others. Try again.' });
  }

  /** @returns undefined when the task has changed meanwhile: everything is then to be undone */
  private async replaceOnce(
    tx: Queryable,
    { id, task_id, page, artifact_key, state }: Reading,
  ): Promise<'changed' | 'unchanged' | undefined> {
    await tx.query(sql.lockJobsAround, [task_id, page]);
    const { rows: tasks } = await tx.query<TaskRow>(readStatus, [task_id]);
    const { rows: pages } = await tx.query<PageRow>(sql.lockPage, [task_id, page]);
    if (tasks[0] === undefined) throw new OcrError('task_not_found');
    if (pages[0] === undefined) throw new OcrError('page_not_found');
    if (pages[0].artifact_key === artifact_key) return 'unchanged';
    await tx.query(sql.keepOriginal, [uuidv7(), task_id, page, asReadingOptions(tasks[0].options)]);
    await tx.query(sql.replacePage, [id]);
    await tx.query(sql.acceptReading, [id]);
    if (pages[0].state !== state) await tx.query(state === 'done' ? sql.countAsDone : sql.countAsFailed, [task_id, page]);
    await tx.query(sql.mergeAgain, [task_id]);
    const from = tasks[0].status;
    const status = await this.remerge(tx, task_id, tasks[0]);
    if (status === undefined) return undefined;
    await tx.query(insertEvent, [task_id, 'page.replaced', { status, from, page, reading_id: id, was: pages[0].state }]);
    return 'changed';
  }

  /** @returns the status the task has now; undefined when it is not the one it was */
  private async remerge(
    tx: Queryable,
    taskId: string,
    { status, priority }: Pick<TaskRow, 'status' | 'priority'>,
  ): Promise<TaskStatus | undefined> {
    if (!sourcesOf('remerge').includes(status)) {
      const { rows } = await tx.query<{ status: TaskStatus }>(lockTask, [taskId]);
      return rows[0]?.status === status ? status : undefined;
    }
    const changed = await tx.query(sql.remergeTask, [taskId, placeFromNow(priority), sourcesOf('remerge')]);
    return changed.rowCount === 0 ? undefined : (nextStatus('remerge', status) ?? status);
  }
}

/** How a task reads its pages, in the words of a reading. */
function asReadingOptions({
  ocr_provider: provider,
  language,
  mode,
  dpi = 0,
  preprocess,
  second_look,
}: TaskOptions): ReadingOptions {
  return { provider, language, mode, dpi, preprocess, second_look };
}
