import { z } from 'zod';
import { isStorableText } from '../../database/storable-text.js';
import { TASK_SORTS, type TaskSort } from '../../task-manager/task-sorts.js';
import type { TaskFilter, TaskPageRequest } from '../../task-manager/task-queries.js';
import { TASK_STATUSES } from '../../task-manager/task.types.js';
import { whyNotStorable } from './storable.js';
import { prioritySchema } from './submit-request.js';
import { invalidRequest } from '../../requests/invalid-request.js';
import { validate } from './validate.js';

const SORTS = Object.keys(TASK_SORTS).flatMap((name) => [name, `-${name}`]);
/** `metadata.customer=7` and `metadata[customer]=7`. */
const METADATA_KEY = /^metadata(?:\.(.+)|\[(.+)\])$/;
/** Most tasks of one answer. */
const MOST_LISTED = 200;
/** Bytes of the metadata tasks are searched by. */
export const MOST_METADATA_BYTES = 4096;

/** `a,b`, or the parameter repeated, or both. */
const several = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]).flatMap((each) => (typeof each === 'string' ? each.split(',') : [each])),
    z.array(item),
  );

/** A date or time of ISO 8601. */
export const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a date or time of ISO 8601, like 2026-01-31T08:00:00Z')
  .transform((text) => new Date(text));

const storable = (most: number) => z.string().min(1).max(most).refine(isStorableText, 'holds characters that cannot be stored');

/** What tasks can be narrowed by, beside their state, time and metadata. */
export const narrowings = {
  provider: storable(100).optional(),
  language: storable(200).optional(),
  batch_id: z.uuid('must be the id of a batch').optional(),
  tenant: storable(100).optional(),
  q: z.string().max(500).refine(isStorableText, 'holds characters that cannot be stored').optional(),
};

const querySchema = z.strictObject({
  ...narrowings,
  ids: several(z.uuid('must be the id of a task').toLowerCase()).pipe(z.array(z.string()).max(MOST_LISTED)).optional(),
  status: several(z.enum(TASK_STATUSES)).optional(),
  priority: several(prioritySchema).optional(),
  created_from: moment.optional(),
  created_to: moment.optional(),
  metadata: z.string().transform(toJsonObject).optional(),
  sort: z.enum(SORTS).default('-created_at'),
  limit: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(MOST_LISTED).default(50),
  cursor: z.string().max(4096).optional(),
});

/**
 * Reads the query of `GET /api/ocr/tasks`. Values of `metadata.<key>` are compared as text; `metadata={"n":3}` takes any JSON.
 * @throws OcrError invalid_request
 */
export function toListRequest(query: Readonly<Record<string, unknown>>): { filter: TaskFilter; page: TaskPageRequest } {
  const named: [string, unknown][] = [];
  const plain: [string, unknown][] = [];
  for (const [name, value] of Object.entries(query)) {
    const match = METADATA_KEY.exec(name);
    if (match === null) plain.push([name, value]);
    else named.push([match[1] ?? match[2] ?? '', value]);
  }
  const parsed = validate(querySchema, Object.fromEntries(plain));
  const metadata = { ...parsed.metadata, ...Object.fromEntries(named) };
  const refused = whyNotStorable(metadata, MOST_METADATA_BYTES) ?? whyNotText(named);
  if (refused !== undefined) throw invalidRequest([{ field: 'metadata', message: refused }]);
  const { sort, limit, cursor, q, ...fields } = parsed;
  return {
    filter: { ...fields, text: q, metadata: Object.keys(metadata).length === 0 ? undefined : metadata },
    page: { sort: sort.replace(/^-/, '') as TaskSort, descending: sort.startsWith('-'), limit, cursor },
  };
}

function whyNotText(named: readonly [string, unknown][]): string | undefined {
  return named.every(([, value]) => typeof value === 'string') ? undefined : 'must be given once for each key';
}

function toJsonObject(text: string, context: z.core.$RefinementCtx<string>): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below, as for any other text
  }
  context.issues.push({ code: 'custom', message: 'must be a JSON object', input: text });
  return z.NEVER;
}

/** Query of `GET /api/ocr/tasks/{id}/events`. */
export const eventsSchema = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'must be the id of an event')
    .default('0'),
  limit: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(1000).default(100),
});

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Query of `GET /api/ocr/tasks/{id}/webhooks`. */
export const webhooksSchema = z.strictObject({
  after: z.uuid('must be the id of a webhook').default(FIRST_ID),
  limit: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(200).default(50),
});

/** Query of `GET /api/ocr/attention`. */
export const attentionSchema = z.strictObject({
  tenant: narrowings.tenant,
  limit: z.coerce.number('must be a whole number').int('must be a whole number').min(1).max(50).default(5),
});

/** Names the sorts for the API's description. */
export const LIST_SORTS: readonly string[] = SORTS;
