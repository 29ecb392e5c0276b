import { OcrError } from '../errors/ocr-error.js';
import type { JobState, TaskStatus } from './task.types.js';

/**
 * Everything that can change a task's status: the caller's four and `remerge` (a page of it was replaced), then what the queue
 * itself reports.
 */
export const TASK_ACTIONS = [
  'pause',
  'resume',
  'cancel',
  'retry',
  'remerge',
  'start',
  'complete',
  'complete_with_errors',
  'fail',
] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/**
 * The one transition table of tasks: action -> from -> to. What is not here is impossible. `docs/state-machine.md` is drawn
 * from it, and a spec walks every edge.
 */
export const TASK_TRANSITIONS: Readonly<Record<TaskAction, Readonly<Partial<Record<TaskStatus, TaskStatus>>>>> = {
  pause: { queued: 'paused', running: 'paused' },
  resume: { paused: 'queued' },
  cancel: { queued: 'cancelled', running: 'cancelled', paused: 'cancelled' },
  retry: { failed: 'queued', completed_with_errors: 'queued' },
  remerge: { completed: 'queued', completed_with_errors: 'queued' },
  start: { queued: 'running' },
  complete: { running: 'completed' },
  complete_with_errors: { running: 'completed_with_errors' },
  fail: { running: 'failed', queued: 'failed', paused: 'failed' },
};

/** States an action leaves alone without complaint, because it has taken effect already: repeating is harmless. */
const ALREADY_THERE: Readonly<Partial<Record<TaskAction, readonly TaskStatus[]>>> = {
  pause: ['paused'],
  resume: ['queued', 'running'],
  cancel: ['cancelled'],
};

/**
 * Everything that can happen to a job, and the state it leads to. `give_back`: pause or shutdown; `rescue`: its node was lost;
 * `merge_again`: a page was replaced.
 */
export const JOB_TRANSITIONS = {
  claim: { waiting: 'running' },
  finish: { running: 'done' },
  back_off: { running: 'waiting' },
  give_back: { running: 'waiting' },
  rescue: { running: 'waiting' },
  give_up: { running: 'failed' },
  retry: { failed: 'waiting', done: 'waiting' },
  merge_again: { running: 'waiting', done: 'waiting' },
} as const satisfies Record<string, Partial<Record<JobState, JobState>>>;

export const FINAL_STATUSES: readonly TaskStatus[] = ['completed', 'completed_with_errors', 'failed', 'cancelled'];

export const UNFINISHED_STATUSES: readonly TaskStatus[] = ['queued', 'running', 'paused'];

export function isFinal(status: TaskStatus): boolean {
  return FINAL_STATUSES.includes(status);
}

/** The statuses an action starts from: what the SQL's `status = ANY(...)` guards are made of. */
export function sourcesOf(action: TaskAction): TaskStatus[] {
  return Object.keys(TASK_TRANSITIONS[action]) as TaskStatus[];
}

/**
 * Where an action leads from a status, or null when it has taken effect already.
 * @throws OcrError invalid_transition
 */
export function nextStatus(action: TaskAction, from: TaskStatus): TaskStatus | null {
  const to = TASK_TRANSITIONS[action][from];
  if (to !== undefined) return to;
  if (ALREADY_THERE[action]?.includes(from)) return null;
  throw new OcrError('invalid_transition', {
    detail: `A ${from} task cannot ${action}. It can from: ${sourcesOf(action).join(', ')}.`,
  });
}
