import type { LiveMessage, TaskMessage } from '../../gateway/messages.js';
import { EXIT } from '../../exit-codes.js';
import { onEndSignals } from '../../signals.js';
import type { TaskStatus } from '../../task-manager/task.types.js';
import { isFinal } from '../../task-manager/transitions.js';
import type { ApiClient } from '../api-client.js';
import { CliError } from '../errors.js';
import { duration, pages, tasks } from '../format.js';
import { liveMessages } from '../live-feed.js';
import type { Terminal } from '../terminal.js';

export interface WatchOptions {
  all?: boolean;
  after?: string;
}

/**
 * Prints what happens to a task until it is final, or to all tasks until it is interrupted.
 * @returns the exit code: for one task what became of it, or that of the signal that ended it
 */
export async function watch(
  taskId: string | undefined,
  options: WatchOptions,
  client: ApiClient,
  terminal: Terminal,
): Promise<number> {
  if ((taskId === undefined) === (options.all !== true)) throw new CliError('Name one task, or say --all.', EXIT.usage);
  const stop = new AbortController();
  let interrupted: number = EXIT.interrupted;
  const unhear = onEndSignals((_signal, exitCode) => {
    interrupted = exitCode;
    stop.abort();
  });
  try {
    const feed = liveMessages(client, taskId ?? 'all', {
      signal: stop.signal,
      after: options.after,
      onLost: () => terminal.note('The connection is lost; trying to get it back...'),
    });
    for await (const message of feed) {
      terminal.data(message);
      print(message, terminal);
      const end = taskId === undefined ? undefined : exitCodeAfter(message);
      if (end !== undefined) return end;
    }
    return interrupted;
  } finally {
    unhear();
  }
}

/** What a task's final status means for scripts. Undefined while it goes on. */
export function exitCodeFor(status: TaskStatus): number | undefined {
  if (!isFinal(status)) return undefined;
  if (status === 'completed') return EXIT.ok;
  return status === 'completed_with_errors' ? EXIT.pagesFailed : EXIT.failed;
}

/** The task's own last event, or a snapshot, ends the watch; others may tell of the state it is in by then already. */
function exitCodeAfter(message: LiveMessage): number | undefined {
  if (message.type === 'stats' || message.type === 'progress' || 'tasks' in message || message.replayed) return undefined;
  if (message.event !== undefined && !message.event.type.startsWith('task.')) return undefined;
  return message.status === 'deleted' ? EXIT.failed : exitCodeFor(message.status);
}

function print(message: LiveMessage, terminal: Terminal): void {
  if (message.type === 'stats') return;
  if (!('tasks' in message)) return terminal.line(lineOf(message));
  const { tasks_by_status, queue } = message.stats;
  const { running, queued, paused } = tasks_by_status;
  const held = paused === 0 ? '' : `, ${paused} paused`;
  terminal.line(`${tasks(running)} running, ${queued} waiting${held}; ${queue.waiting_pages} pages to read`);
}

function lineOf(message: TaskMessage): string {
  const what = message.event?.type ?? message.status;
  const { first_page, last_page, error } = (message.event?.data ?? {}) as Partial<Record<string, unknown>>;
  const range = first_page === undefined ? '' : `pages ${String(first_page)}-${String(last_page)}`;
  const reason = (error as { message?: string } | undefined)?.message ?? '';
  const left = message.eta_seconds === null || message.eta_seconds === 0 ? '' : `about ${duration(message.eta_seconds)} left`;
  const percent = `${Math.floor(message.progress * 100)} %`.padStart(5);
  return [message.task_id, percent, what, range, pages(message), left, reason].filter((part) => part !== '').join('  ');
}
