import { z } from 'zod';
import { isStorableText } from '../database/storable-text.js';
import { OcrError } from '../errors/ocr-error.js';
import type { TaskEntity } from './entities/task.entity.js';
import { PRIORITIES, TASK_STATUSES } from './task.types.js';

interface Sort {
  /** SQL over the alias `task`; never null, so that it can be compared with a cursor. */
  expression: string;
  type: string;
  /** The same value of a task that was read, as text. */
  valueOf(task: TaskEntity): string;
  /** What such a value looks like: nothing else of a cursor goes to the database, which may not be able to read it. */
  value: z.ZodType<string>;
}

/** A time as `toISOString` writes it. PostgreSQL knows no year 0, and JavaScript years beyond 9999 that it reads otherwise. */
const moment = z
  .string()
  .regex(/^(?!0000)\d{4}-/)
  .refine((text) => Number.isFinite(Date.parse(text)) && new Date(text).toISOString() === text);

/** A task's priority as a number, 1 the most urgent. As in the index `ocr_tasks_by_priority`. */
export const PRIORITY_RANK = `array_position(ARRAY['${PRIORITIES.join(`','`)}'], task.priority)`;

/**
 * What a list of tasks can be sorted by, each by an index of the same expression. Equal ones follow each other by id, a UUIDv7 and so
 * in the order they were handed in. Unfinished tasks come last in time of finishing. Time columns hold milliseconds, so a value read
 * compares equal.
 */
export const TASK_SORTS = {
  created_at: {
    expression: 'task.created_at',
    type: 'timestamptz',
    valueOf: (task) => task.created_at.toISOString(),
    value: moment,
  },
  updated_at: {
    expression: 'task.updated_at',
    type: 'timestamptz',
    valueOf: (task) => task.updated_at.toISOString(),
    value: moment,
  },
  finished_at: {
    expression: `coalesce(task.finished_at, 'infinity'::timestamptz)`,
    type: 'timestamptz',
    valueOf: (task) => task.finished_at?.toISOString() ?? 'infinity',
    value: z.union([z.literal('infinity'), moment]),
  },
  name: { expression: 'task.name', type: 'text', valueOf: (task) => task.name, value: z.string().refine(isStorableText) },
  priority: {
    expression: PRIORITY_RANK,
    type: 'int',
    valueOf: (task) => String(PRIORITIES.indexOf(task.priority) + 1),
    value: z.enum(PRIORITIES.map((_, index) => String(index + 1))),
  },
  status: { expression: 'task.status', type: 'text', valueOf: (task) => task.status, value: z.enum(TASK_STATUSES) },
} as const satisfies Record<string, Sort>;

export type TaskSort = keyof typeof TASK_SORTS;

const cursorSchema = z.tuple([z.string(), z.boolean(), z.string(), z.uuid()]);

/** The opaque cursor behind the last task of a page. It is bound to the sort it was made for. */
export function encodeCursor(request: { sort: TaskSort; descending: boolean }, last: TaskEntity): string {
  const value = TASK_SORTS[request.sort].valueOf(last);
  return Buffer.from(JSON.stringify([request.sort, request.descending, value, last.id])).toString('base64url');
}

/** @throws OcrError invalid_request when the text is no cursor, or one of another sort */
export function decodeCursor(cursor: string, request: { sort: TaskSort; descending: boolean }): { value: string; id: string } {
  const wrong = (message: string) => new OcrError('invalid_request', { detail: message, fields: [{ field: 'cursor', message }] });
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw wrong('This is not a cursor of this API.');
  }
  const parsed = cursorSchema.safeParse(decoded);
  if (!parsed.success) throw wrong('This is not a cursor of this API.');
  const [sort, descending, value, id] = parsed.data;
  if (sort !== request.sort || descending !== request.descending) throw wrong('The cursor belongs to another sort order.');
  if (!TASK_SORTS[request.sort].value.safeParse(value).success) throw wrong('This is not a cursor of this API.');
  return { value, id };
}
