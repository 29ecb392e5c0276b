import type { Database, Queryable } from '../database/database.js';
import type { Notifier } from '../database/notifier.js';
import type { StoredError } from '../errors/ocr-error.js';
import { CHANNELS } from './channels.js';
import { fenced } from './fence.js';
import * as pages from './sql/pages.sql.js';
import * as tasks from './sql/tasks.sql.js';
import { tellOfTask, type ToldTask } from './tell-of-task.js';
import { sourcesOf } from './transitions.js';

/** One transaction; what it brought is told when it is committed. */
export async function changeAndTell<T>(database: Database, notifier: Notifier, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const outcome = await database.transaction(work);
  notifier.notify(CHANNELS.events);
  notifier.notify(CHANNELS.jobs);
  return outcome;
}

/** Ends a task without a result. @throws ClaimLost when it has ended otherwise */
export async function failTask(tx: Queryable, taskId: string, error: StoredError): Promise<void> {
  const { rows } = await fenced(tx.query<ToldTask>(tasks.failTask, [taskId, error, sourcesOf('fail')]));
  await tellOfTask(tx, { ...rows[0]!, id: taskId }, 'task.failed', { status: 'failed', error });
}

/** How many pages of a task are done, and how many have failed. */
export async function countPages(tx: Queryable, taskId: string): Promise<{ done: number; failed: number }> {
  const { rows } = await tx.query<{ done: number; failed: number }>(pages.countPages, [taskId]);
  return rows[0]!;
}
