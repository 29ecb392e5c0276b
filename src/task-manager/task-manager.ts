import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import type { WebhookEvent } from '../config/webhook-events.js';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { transactionWithUndo } from '../database/undo.js';
import { OcrError } from '../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../storage/document-store.js';
import { CHANNELS } from './channels.js';
import { fairDelay } from './fair-turns.js';
import { placeFromNow, sortKey } from './sort-key.js';
import { holdIfDown } from './sql/circuits.sql.js';
import { insertEvent, insertFarewell } from './sql/events.sql.js';
import * as jobs from './sql/jobs.sql.js';
import * as pages from './sql/pages.sql.js';
import * as tasks from './sql/tasks.sql.js';
import { taskPrefix } from './artifact-keys.js';
import { tellOfTask, type ToldTask } from './tell-of-task.js';
import { FINAL_STATUSES, isFinal, nextStatus, sourcesOf, UNFINISHED_STATUSES, type TaskAction } from './transitions.js';
import type { Priority, TaskOptions, TaskStatus } from './task.types.js';

const EVENT_OF: Readonly<Record<'pause' | 'resume' | 'cancel' | 'retry', WebhookEvent>> = {
  pause: 'task.paused',
  resume: 'task.resumed',
  cancel: 'task.cancelled',
  retry: 'task.retried',
};

/**
 * What callers may do to a task: pause, resume, cancel, retry, delete. Each is one transaction with its event, goes by the
 * transition table, and may be repeated without harm. Locks are taken in one order everywhere: jobs first, then the tenant, then the task.
 */
@Injectable()
export class TaskManager {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Stops work on a task and keeps its finished pages. @throws OcrError task_not_found, invalid_transition */
  async pause(taskId: string): Promise<void> {
    await this.change('pause', taskId, (tx) => tx.query(jobs.giveBackJobsOf, [taskId]));
  }

  /**
   * Takes a paused task up again; it keeps its place and repeats no finished page. What waited after an error is tried now:
   * whoever resumes a task does not want it to wait. @throws as {@link pause}
   */
  async resume(taskId: string): Promise<void> {
    await this.change('resume', taskId, async (tx) => {
      await tx.query(jobs.endBackoffsOf, [taskId]);
      await tx.query(tasks.recomputeReadyAt, [taskId]);
      // While it was paused, its provider may have gone, or come back.
      await tx.query(holdIfDown, [taskId]);
    });
  }

  /** Ends a task without a result. @throws as {@link pause} */
  async cancel(taskId: string): Promise<void> {
    await this.change('cancel', taskId, (tx) => tx.query(jobs.giveBackJobsOf, [taskId]));
  }

  /**
   * Sends a failed or partly failed task through again: only the failed pages are read again, then the results are merged
   * anew. Until then the earlier results stay. It takes its tenant's turn as a new task does. Repeated while the retry is under way, it changes nothing.
   * @param options what is done differently this time, e.g. another language or provider
   * @param password opens the document from now on; absent: the one known before
   * @throws as {@link pause}; invalid_transition also while a retry is under way that does it otherwise, or the
   * results are merged anew
   */
  async retry(taskId: string, options: Partial<TaskOptions> = {}, password?: string): Promise<void> {
    const apply = async (tx: Queryable, task: TaskRow) => {
      await tx.query(jobs.lockJobsOf, [taskId]);
      const chunks = await tx.query(jobs.retryFailedJobs, [taskId]);
      await tx.query(pages.forgetFailedPages, [taskId]);
      await tx.query((chunks.rowCount ?? 0) > 0 ? jobs.deleteMergeJob : jobs.retryMergeJob, [taskId]);
      const delay = task.tenant === '' ? 0 : await fairDelay(tx, task.tenant, 1);
      const secrets = password === undefined ? null : { password };
      return tx.query<Changed>(tasks.requeueTask, [
        taskId,
        placeFromNow(task.priority, delay),
        sourcesOf('retry'),
        this.withWebhookEvents({ ...task.options, ...options }),
        secrets,
        delay,
      ]);
    };
    await this.transition('retry', taskId, apply, (task) => isRetriedSo(task, options, password));
  }

  /** A task that is given an address only now may name no events. */
  private withWebhookEvents(options: TaskOptions): TaskOptions {
    const { webhook_url, webhook_events = this.settings.webhook_events } = options;
    return webhook_url === undefined ? options : { ...options, webhook_events };
  }

  /**
   * Gives an unfinished task another priority: it then stands where it would, had it been submitted with it.
   * @throws OcrError task_not_found; invalid_transition when the task is finished
   */
  async setPriority(taskId: string, priority: Priority): Promise<void> {
    await this.database.transaction(async (tx) => {
      const task = await readStatus(tx, taskId);
      if (task.priority === priority && !isFinal(task.status)) return;
      const place = sortKey(priority, task.enqueued_at, task.fair_delay);
      const changed = await tx.query(tasks.setPriority, [taskId, priority, place, UNFINISHED_STATUSES]);
      if (changed.rowCount === 0)
        throw new OcrError('invalid_transition', { detail: `The priority of a ${task.status} task means nothing any more.` });
      await tx.query(insertEvent, [taskId, 'task.priority_changed', { status: task.status, priority, from: task.priority }]);
    });
    this.notifier.notify(CHANNELS.events);
    this.notifier.notify(CHANNELS.jobs);
  }

  /**
   * Removes a finished task with its rows and files.
   * @throws OcrError task_not_found; invalid_transition while the task is unfinished
   */
  async delete(taskId: string): Promise<void> {
    const prefix = taskPrefix(taskId);
    await this.untilNotOvertaken(async (tx, undo) => {
      const { status, run } = await readStatus(tx, taskId);
      if (!isFinal(status)) {
        throw new OcrError('invalid_transition', { detail: `A ${status} task cannot be deleted. Cancel it first.` });
      }
      // A finished task gets no new jobs in this run of it: these are all that its deletion will come to.
      await tx.query(jobs.lockJobsOf, [taskId]);
      const deleted = await tx.query(tasks.deleteTask, [taskId, FINAL_STATUSES, run]);
      if (deleted.rowCount === 0) return undo('overtaken');
      await tx.query(tasks.deleteEventsOf, [taskId]);
      await tx.query(insertFarewell, [taskId]);
      await tx.query(tasks.insertTrash, [prefix]);
      return 'changed';
    });
    this.notifier.notify(CHANNELS.events);
    // The trash row stays for the sweeper: should this fail or be cut short, or a zombie write once more, it deletes again.
    await this.store.deletePrefix(prefix).catch(() => {});
  }

  private async change(
    action: 'pause' | 'resume' | 'cancel',
    taskId: string,
    before?: (tx: Queryable) => Promise<unknown>,
  ): Promise<void> {
    await this.transition(action, taskId, async (tx, { to }) => {
      await before?.(tx);
      return tx.query<Changed>(tasks.changeStatus, [taskId, to, sourcesOf(action)]);
    });
  }

  /**
   * Runs one transition in one transaction. `apply` changes the rows and ends with the guarded update of the task; when that
   * finds another status than the one read, somebody was faster: the transaction is undone and the decision made anew.
   * @param isDone whether it has taken effect already. @throws OcrError when it cannot any more
   */
  private async transition(
    action: Extract<TaskAction, keyof typeof EVENT_OF>,
    taskId: string,
    apply: (tx: Queryable, task: TaskRow & { to: TaskStatus }) => Promise<{ rows: Changed[] }>,
    isDone: (task: TaskRow) => boolean = () => false,
  ): Promise<void> {
    const outcome = await this.untilNotOvertaken(async (tx, undo) => {
      const task = await readStatus(tx, taskId);
      if (isDone(task)) return 'unchanged';
      const to = nextStatus(action, task.status);
      if (to === null) return 'unchanged';
      const [changed] = (await apply(tx, { ...task, to })).rows;
      if (changed === undefined) return undo('overtaken');
      const waits = to === 'queued' && changed.held ? { held: true } : {};
      await tellOfTask(tx, { ...changed, id: taskId }, EVENT_OF[action], {
        status: to,
        from: task.status,
        ...waits,
      });
      return 'changed';
    });
    if (outcome === 'unchanged') return;
    this.notifier.notify(CHANNELS.events);
    this.notifier.notify(CHANNELS.jobs);
  }

  /** Runs `work` in a transaction, and again when somebody else was faster. @throws OcrError service_unavailable after five times */
  private async untilNotOvertaken(
    work: (tx: Queryable, undo: (outcome: Outcome) => never) => Promise<Outcome>,
  ): Promise<Exclude<Outcome, 'overtaken'>> {
    for (let tries = 0; tries < 5; tries++) {
      const outcome = await transactionWithUndo<Outcome>(this.database, work);
      if (outcome !== 'overtaken') return outcome;
    }
    throw new OcrError('service_unavailable', { detail: 'The task is being changed by others. Try again.' });
  }
}

type Outcome = 'changed' | 'unchanged' | 'overtaken';

/** A task that was changed: whether the circuit of its provider holds it. */
interface Changed extends ToldTask {
  held: boolean;
}

interface TaskRow {
  status: TaskStatus;
  run: number;
  /** The last time it was sent through, only to merge its results anew. */
  merge_only: boolean;
  priority: Priority;
  options: TaskOptions;
  enqueued_at: Date;
  fair_delay: number;
  tenant: string;
  password: string | null;
}

/**
 * Whether the task is being retried as asked for.
 * @throws OcrError invalid_transition when it is being retried, but with other options or another password; when it is on its way for
 * another reason, which does nothing for its failed pages
 */
function isRetriedSo(task: TaskRow, options: Partial<TaskOptions>, password: string | undefined): boolean {
  if (task.status !== 'queued' && task.status !== 'running') return false;
  if (task.merge_only) {
    throw new OcrError('invalid_transition', {
      detail: 'The results of the task are being merged anew with another reading of a page. Retry it when that has ended.',
    });
  }
  if (task.run === 1) return false;
  const present: Record<string, unknown> = { ...task.options };
  const isSame = Object.entries(options).every(([name, value]) => isDeepStrictEqual(value, present[name]));
  if (isSame && (password ?? task.password) === task.password) return true;
  throw new OcrError('invalid_transition', {
    detail: 'The task is being worked on again already, with other options. Retry it with these when that has ended.',
  });
}

async function readStatus(tx: Queryable, taskId: string): Promise<TaskRow> {
  const { rows } = await tx.query<TaskRow>(tasks.readStatus, [taskId]);
  const row = rows[0];
  if (row === undefined) throw new OcrError('task_not_found');
  return row;
}
