import { Injectable } from '@nestjs/common';
import { OcrError } from '../errors/ocr-error.js';
import { inParallel } from '../threads/in-parallel.js';
import { TaskManager } from './task-manager.js';
import { TaskQueries, type TaskFilter } from './task-queries.js';
import { FINAL_STATUSES, sourcesOf, UNFINISHED_STATUSES } from './transitions.js';
import type { Priority, TaskOptions, TaskStatus } from './task.types.js';

/** What can be done to many tasks at once. */
export const BULK_ACTIONS = ['pause', 'resume', 'cancel', 'retry', 'delete', 'set_priority'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

export interface BulkRequest {
  action: BulkAction;
  filter: TaskFilter;
  /** For `set_priority`. */
  priority?: Priority;
  /** For `retry`: what is done differently. */
  options?: Partial<TaskOptions>;
  /** For `retry`: opens the documents from now on. */
  password?: string;
  /** Only counts. */
  dryRun: boolean;
  /** Refuses to act on more tasks than this. Without meaning beside `limit`. */
  max: number;
  /** Acts on the first so many only, in the order they were handed in, and tells where to go on. */
  limit?: number;
  /** Once it is aborted no further task is begun, as if `limit` had been reached there; the first one always is. */
  patience?: AbortSignal;
}

export interface BulkOutcome {
  /** Tasks of the filter that are in a state the action starts from; with `next_after`, those it has got to. */
  matched: number;
  changed: number;
  errors: { task_id: string; code: string; message: string }[];
  /** The database's time of the look. Tasks created later were not seen. */
  as_of: Date;
  /** The last task acted on when there are more behind it, as `after` of the next call: `limit` was reached, or patience was over. */
  next_after: string | null;
}

/** Tasks changed at the same time. */
const PARALLEL = 4;

/** Does one thing to every task a filter finds. Each task is a transaction of its own: what cannot be done to one is told. */
@Injectable()
export class BulkActions {
  constructor(
    private readonly tasks: TaskManager,
    private readonly queries: TaskQueries,
  ) {}

  /** @throws OcrError invalid_request when more tasks match than `max` */
  async run(request: BulkRequest): Promise<BulkOutcome> {
    const possible = statusesFor(request.action);
    const wanted = request.filter.status?.length ? request.filter.status : possible;
    const status = wanted.filter((one) => possible.includes(one));
    const filter = { ...request.filter, status };
    const as_of = await this.queries.now();
    if (status.length === 0) return { matched: 0, changed: 0, errors: [], as_of, next_after: null };
    if (request.dryRun) {
      return { matched: await this.queries.count(filter), changed: 0, errors: [], as_of, next_after: null };
    }
    const most = request.limit ?? request.max;
    const found = await this.queries.ids(filter, most + 1);
    if (found.length > most && request.limit === undefined) await this.refuse(filter, most);
    const outcome = await this.apply(request, found.slice(0, most));
    const next_after = found.length > outcome.matched ? found[outcome.matched - 1]! : null;
    return { ...outcome, as_of, next_after };
  }

  private async refuse(filter: TaskFilter, max: number): Promise<never> {
    const matched = await this.queries.count(filter);
    const message = `${matched} tasks match, more than max (${max}). Narrow the filter or raise max.`;
    throw new OcrError('invalid_request', { detail: message, fields: [{ field: 'max', message }] });
  }

  private async apply(request: BulkRequest, ids: string[]): Promise<Pick<BulkOutcome, 'matched' | 'changed' | 'errors'>> {
    const outcome = { matched: 0, changed: 0, errors: [] as BulkOutcome['errors'] };
    await inParallel(ids, PARALLEL, async (id, index) => {
      // They are begun in their order: those acted on are the first so many.
      if (index > 0 && request.patience?.aborted === true) return;
      outcome.matched++;
      try {
        await this.act(request, id);
        outcome.changed++;
      } catch (error) {
        const { code, message } = OcrError.from(error, 'internal_error');
        if (code === 'service_unavailable') throw error;
        outcome.errors.push({ task_id: id, code, message });
      }
    });
    return outcome;
  }

  private act(request: BulkRequest, id: string): Promise<void> {
    switch (request.action) {
      case 'retry':
        return this.tasks.retry(id, request.options, request.password);
      case 'set_priority':
        return this.tasks.setPriority(id, request.priority ?? 'NORMAL');
      default:
        return this.tasks[request.action](id);
    }
  }
}

function statusesFor(action: BulkAction): readonly TaskStatus[] {
  if (action === 'delete') return FINAL_STATUSES;
  return action === 'set_priority' ? UNFINISHED_STATUSES : sourcesOf(action);
}
