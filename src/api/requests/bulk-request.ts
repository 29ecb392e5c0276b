import { z } from 'zod';
import { BULK_ACTIONS } from '../../task-manager/bulk-actions.js';
import type { TaskFilter } from '../../task-manager/task-queries.js';
import { TASK_STATUSES } from '../../task-manager/task.types.js';
import { moment, MOST_METADATA_BYTES, narrowings } from './list-request.js';
import { whyNotStorable } from './storable.js';
import { prioritySchema, retryOptionsSchema } from './submit-request.js';

/** Most tasks one action may change. */
const MOST_TASKS = 10_000;

const filterSchema = z
  .strictObject({
    ids: z.array(z.uuid('must be the id of a task').toLowerCase()).max(MOST_TASKS).optional(),
    status: z.array(z.enum(TASK_STATUSES)).optional(),
    priority: z.array(prioritySchema).optional(),
    ...narrowings,
    after: z.uuid('must be the id of a task').toLowerCase().optional().describe('Only tasks handed in later than this one.'),
    created_from: moment.optional(),
    created_to: moment.optional(),
    metadata: z
      .record(z.string(), z.unknown())
      .check((context) => {
        const message = whyNotStorable(context.value, MOST_METADATA_BYTES);
        if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
      })
      .optional()
      .describe('JSON the task’s metadata shall contain.'),
  })
  .describe('As in `GET /api/ocr/tasks`. Must be given: `{}` means every task.');

/** Body of `POST /api/ocr/tasks/actions`. */
export const bulkSchema = z
  .strictObject({
    action: z.enum(BULK_ACTIONS),
    filter: filterSchema,
    priority: prioritySchema.optional().describe('For `set_priority`, and only there.'),
    options: retryOptionsSchema.optional().describe('For `retry`, and only there: what is done differently.'),
    dry_run: z.boolean().default(false).describe('Only counts.'),
    max: z.int().min(1).max(MOST_TASKS).default(1000).describe('Refuses to act when more tasks match. Not beside `limit`.'),
    limit: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        'Acts on the first so many, in the order they were handed in; `next_after` then tells where the next call goes on.',
      ),
  })
  .superRefine(({ action, priority, options }, context) => {
    const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (action === 'set_priority' && priority === undefined) wrong('priority', 'is required for set_priority');
    if (action !== 'set_priority' && priority !== undefined) wrong('priority', 'means nothing but for set_priority');
    if (action !== 'retry' && options !== undefined) wrong('options', 'means nothing but for retry');
  });

export type BulkBody = z.output<typeof bulkSchema>;

/** The filter as tasks are searched by it. Empty lists count as not given. */
export function toTaskFilter({ q, ...fields }: BulkBody['filter']): TaskFilter {
  return { ...fields, text: q };
}
