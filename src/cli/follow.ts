import type { TaskProgress } from '../task-manager/task.types.js';
import { isFinal } from '../task-manager/transitions.js';
import type { ApiClient } from './api-client.js';
import { liveMessages } from './live-feed.js';

export interface FollowOptions {
  readonly signal: AbortSignal;
  onProgress(progress: TaskProgress): void;
  /** A task is final; waited for before the next message. */
  onFinal(taskId: string): Promise<void>;
}

/**
 * Follows tasks until each is final, whatever happens to the connection. Returns early when the signal aborts.
 * @throws as {@link liveMessages}, and what `onFinal` throws
 */
export async function followToEnd(client: ApiClient, taskIds: Iterable<string>, options: FollowOptions): Promise<void> {
  const pending = new Set(taskIds);
  const [only] = pending;
  if (only === undefined) return;
  const target = pending.size === 1 ? only : 'all';
  const take = async (progress: TaskProgress) => {
    if (!pending.has(progress.task_id)) return;
    options.onProgress(progress);
    if (!isFinal(progress.status)) return;
    pending.delete(progress.task_id);
    await options.onFinal(progress.task_id);
  };
  for await (const message of liveMessages(client, target, { signal: options.signal })) {
    if (message.type === 'stats') continue;
    if ('tasks' in message) {
      for (const progress of message.tasks) await take(progress);
      // What a snapshot of all does not show is final, or too far back in the queue.
      const shown = new Set(message.tasks.map((progress) => progress.task_id));
      for (const taskId of pending) if (!shown.has(taskId)) await take(await progressOf(client, taskId));
    } else if (message.status === 'deleted') {
      if (pending.delete(message.task_id)) await options.onFinal(message.task_id);
    } else {
      await take({ ...message, status: message.status });
    }
    if (pending.size === 0) return;
  }
}

async function progressOf(client: ApiClient, taskId: string): Promise<TaskProgress> {
  const { status, progress, pages, eta_seconds } = await client.task(taskId);
  return {
    task_id: taskId,
    status,
    progress,
    pages_total: pages.total,
    pages_done: pages.done,
    pages_failed: pages.failed,
    eta_seconds,
  };
}
