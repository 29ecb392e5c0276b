import type { Stats } from '../metrics/stats.dto.js';
import type { TaskEvent, TaskProgress } from '../task-manager/task.types.js';

/** An event as clients get it. `id` is what `after` takes when a client comes back. */
export interface EventFacts {
  id: string;
  type: TaskEvent['type'];
  data: Record<string, unknown>;
  /** ISO 8601, UTC. */
  created_at: string;
}

/**
 * A message about one task. Status, progress and page counts are the task's at the moment of sending, so they never go back;
 * `event` is what happened. `progress` is 0..1.
 */
export interface TaskMessage extends Omit<TaskProgress, 'status'> {
  type: 'snapshot' | 'progress' | 'status' | 'chunk' | 'deleted';
  status: TaskProgress['status'] | 'deleted';
  event?: EventFacts;
  /** The event happened before this client connected: it asked for it with `after`. */
  replayed?: true;
  /** In snapshots: events up to this id are in it. */
  last_event_id?: string;
  /** In snapshots answering `after`: false when more was missed than is replayed. */
  replay_complete?: boolean;
}

/** What a watcher of all tasks gets first. */
export interface AllSnapshot {
  type: 'snapshot';
  /** Unfinished tasks in the order they are worked on, at most {@link MOST_TASKS_IN_SNAPSHOT}. */
  tasks: TaskProgress[];
  /** False when there are more. */
  tasks_complete: boolean;
  stats: Stats;
  last_event_id: string;
  replay_complete?: boolean;
}

/** The queue's figures, to watchers of all tasks. */
export interface StatsMessage {
  type: 'stats';
  stats: Stats;
}

export type LiveMessage = TaskMessage | AllSnapshot | StatsMessage;

export const MOST_TASKS_IN_SNAPSHOT = 500;

/** A message on its way to many: serialised once, by whoever needs it first. */
export class Outgoing {
  private bytes: Buffer | undefined;

  constructor(readonly message: LiveMessage) {}

  get json(): Buffer {
    return (this.bytes ??= Buffer.from(JSON.stringify(this.message)));
  }
}

/** What happened, with where the task stands now. */
export function eventMessage(event: TaskEvent, state: TaskProgress): TaskMessage {
  const { id, type, data } = event;
  const facts: EventFacts = { id, type, data, created_at: event.created_at.toISOString() };
  if (type === 'task.deleted') return { type: 'deleted', ...state, status: 'deleted', eta_seconds: null, event: facts };
  return { type: type.startsWith('chunk.') ? 'chunk' : 'status', ...state, event: facts };
}

/**
 * The message of an event whose task may be gone: then with the state last told, if any. Undefined when there is nothing to
 * say but that the task is gone, and this event is not the one that says it.
 */
export function eventMessageOf(event: TaskEvent, state: TaskProgress | undefined): TaskMessage | undefined {
  if (state !== undefined) return eventMessage(event, state);
  return event.type === 'task.deleted' ? eventMessage(event, nothingKnownOf(event.task_id)) : undefined;
}

function nothingKnownOf(taskId: string): TaskProgress {
  const pages = { pages_total: null, pages_done: 0, pages_failed: 0 };
  return { task_id: taskId, status: 'cancelled', progress: 0, ...pages, eta_seconds: null };
}
