import type { Stats, TaskEvent, TaskStatus } from '~/api/types';

/** How far a task has come, as every message about it tells. */
export interface LiveTask {
  task_id: string;
  status: TaskStatus | 'deleted';
  /** Its provider is down. Absent while that is not so. */
  held?: true;
  progress: number;
  pages_total: number | null;
  pages_done: number;
  pages_failed: number;
  eta_seconds: number | null;
}

/** A message about one task on `/ws/ocr/all`: see docs/realtime.md. */
export interface TaskMessage extends LiveTask {
  type: 'progress' | 'status' | 'chunk' | 'deleted';
  event?: Omit<TaskEvent, 'task_id'>;
  replayed?: true;
}

export interface Snapshot {
  type: 'snapshot';
  tasks: LiveTask[];
  stats: Stats;
  last_event_id: string;
  /** Absent when nothing was asked for; false when more was missed than is told again. */
  replay_complete?: boolean;
}

export type LiveMessage = TaskMessage | Snapshot | { type: 'stats'; stats: Stats };
