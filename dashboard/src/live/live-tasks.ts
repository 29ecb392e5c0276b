import type { TaskSummary } from '~/api/types';
import type { LiveTask } from './messages';

/** Messages older than this are no longer looked at: an answer is never so late. */
const MEMORY_MS = 60_000;
const MOST_REMEMBERED = 5000;

/**
 * The latest state of each task that was told over the socket, for a while. An answer of the REST API may have been read before a
 * message that overtook it: `brought` puts the newer state into it, so that what is shown never goes back.
 */
class LiveTasks {
  private readonly told = new Map<string, { task: LiveTask; at: number }>();

  note(task: LiveTask): void {
    if (this.isGone(task.task_id)) return;
    this.told.delete(task.task_id);
    this.told.set(task.task_id, { task, at: Date.now() });
    this.forgetOld();
  }

  /** @param askedAt when the answer that brought the task was asked for */
  brought<T extends TaskSummary>(task: T, askedAt: number): T {
    const told = this.told.get(task.task_id);
    return told === undefined || told.at < askedAt ? task : withLive(task, told.task);
  }

  /** True when it was told, of late, that the task was deleted: an answer that has it is older. */
  isGone(taskId: string): boolean {
    return this.told.get(taskId)?.task.status === 'deleted';
  }

  private forgetOld(): void {
    for (const [id, { at }] of this.told) {
      if (this.told.size <= MOST_REMEMBERED && at > Date.now() - MEMORY_MS) return;
      this.told.delete(id);
    }
  }
}

export const liveTasks = new LiveTasks();

/** The task with what a message tells of it. The same object when nothing is new. */
export function withLive<T extends TaskSummary>(task: T, live: LiveTask): T {
  if (live.status === 'deleted' || isSame(task, live)) return task;
  const pages = { ...task.pages, total: live.pages_total, done: live.pages_done, failed: live.pages_failed };
  return { ...task, status: live.status, held: isHeld(live), progress: live.progress, eta_seconds: live.eta_seconds, pages };
}

function isHeld({ held }: LiveTask): boolean {
  return held === true;
}

function isSame(task: TaskSummary, live: LiveTask): boolean {
  return (
    task.status === live.status &&
    task.held === isHeld(live) &&
    task.progress === live.progress &&
    task.eta_seconds === live.eta_seconds &&
    task.pages.total === live.pages_total &&
    task.pages.done === live.pages_done &&
    task.pages.failed === live.pages_failed
  );
}
