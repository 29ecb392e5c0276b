import type { IncomingMessage } from 'node:http';
import type { Target } from './audience.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const EVENT_ID = /^\d{1,18}$/;

/** Where a socket wants to go. `unknown`: no such address; `task_not_found`: an address of tasks with what is no task id. */
export type SocketPath = { target: Target } | 'unknown' | 'task_not_found';

/** Reads the path of `/ws/ocr/task/{task_id}` or `/ws/ocr/all`. */
export function readSocketPath(request: IncomingMessage): SocketPath {
  const path = (request.url ?? '').split('?', 1)[0]!.replace(/\/$/, '');
  if (path === '/ws/ocr/all') return { target: 'all' };
  const taskId = /^\/ws\/ocr\/task\/([^/]+)$/.exec(path)?.[1];
  if (taskId === undefined) return 'unknown';
  return isTaskId(taskId) ? { target: { taskId: taskId.toLowerCase() } } : 'task_not_found';
}

/** The query parameter `after`: undefined when absent, null when it is no event id. */
export function readAfter(request: IncomingMessage): string | undefined | null {
  const after = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '').get('after');
  if (after === null) return undefined;
  return isEventId(after) ? after : null;
}

/** True for the form of a task id: a UUID. */
export function isTaskId(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value.toLowerCase());
}

/** True for the form of an event id: a decimal number as text. */
export function isEventId(value: unknown): value is string {
  return typeof value === 'string' && EVENT_ID.test(value);
}
