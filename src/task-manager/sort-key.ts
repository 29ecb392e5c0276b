import type { Priority } from './task.types.js';

const MINUTE = 60_000;

/** Milliseconds a task of each priority may be overtaken by a more urgent one that comes later. CRITICAL overtakes all. */
export const PRIORITY_SLACK: Readonly<Record<Priority, number>> = {
  CRITICAL: -1e15,
  HIGH: 0,
  NORMAL: 10 * MINUTE,
  LOW: 60 * MINUTE,
};

/** Milliseconds of the queue's time one task of a tenant counts for. */
export const FAIR_COST = 5000;

/**
 * A task's place in the queue, smaller first: a virtual deadline in milliseconds since 1970. Static, so the queue's order is
 * a plain index scan; LOW never starves, because tasks submitted an hour later stand behind it; CRITICAL stands before
 * everything else, in its own order of arrival.
 * @param enqueuedAt by the database's clock, which is the same for all nodes
 * @param fairDelay milliseconds the task is put back because its tenant has more in the queue already
 */
export function sortKey(priority: Priority, enqueuedAt: Date, fairDelay = 0): number {
  return enqueuedAt.getTime() + placeFromNow(priority, fairDelay);
}

/** The place of a task that is queued now: so many milliseconds from now, which the database adds. */
export function placeFromNow(priority: Priority, fairDelay = 0): number {
  return fairDelay + PRIORITY_SLACK[priority];
}
