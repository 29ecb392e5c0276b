import { api, dataOf } from '~/api/client';
import { fetchTasks } from '~/api/queries';
import { toListQuery, toMetadata, type TaskListFilter } from '~/api/task-filter';
import type { BulkOutcome, BulkRequest } from '~/api/types';
import type { BulkOrder } from './BulkBar';
import type { Selection } from './use-selection';

/** The server takes this many tasks in one call; each call moves the progress bar. */
const CALL_SIZE = 100;
/** Tasks of one page of the list, while ids are collected. */
const LIST_SIZE = 200;

type Chosen = Pick<Selection, 'ids' | 'all'>;

/** How many of the chosen tasks are in a state the action starts from. */
export async function countConcerned(order: BulkOrder, chosen: Chosen, filter: TaskListFilter): Promise<number> {
  if (chosen.all) return countOf({ ...order, filter: toBulkFilter(filter) });
  let count = 0;
  for (const ids of slices([...chosen.ids])) count += await countOf({ ...order, filter: { ids } });
  return count;
}

async function countOf(request: BulkRequest): Promise<number> {
  return (await act({ ...request, dry_run: true })).matched;
}

function act(body: BulkRequest): Promise<BulkOutcome> {
  return dataOf(api.POST('/api/ocr/tasks/actions', { body }));
}

/**
 * Does it, call after call, so that there is a progress to show and a way to stop.
 * @param onProgress told after every call how many tasks are through
 */
export async function carryOut(
  order: BulkOrder,
  chosen: Chosen,
  filter: TaskListFilter,
  onProgress: (outcome: BulkOutcome) => void,
  signal: AbortSignal,
): Promise<BulkOutcome> {
  const ids = chosen.all ? await collectIds(filter, signal) : [...chosen.ids];
  const total: BulkOutcome = { matched: 0, changed: 0, errors: [] };
  for (const slice of slices(ids)) {
    if (signal.aborted) break;
    const outcome = await act({ ...order, filter: { ids: slice }, max: CALL_SIZE });
    total.matched += outcome.matched;
    total.changed += outcome.changed;
    total.errors.push(...outcome.errors);
    onProgress({ ...total });
  }
  return total;
}

/** In the order of creation, which the action itself does not change. */
async function collectIds({ sort: _sort, ...filter }: TaskListFilter, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof fetchTasks>> = await fetchTasks(filter, cursor, LIST_SIZE, signal);
    ids.push(...page.tasks.map(({ task_id }) => task_id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return ids;
}

function toBulkFilter(filter: TaskListFilter): BulkRequest['filter'] {
  const { sort: _sort, metadata: _metadata, ...rest } = toListQuery(filter);
  return { ...rest, ...(filter.meta === undefined ? {} : { metadata: toMetadata(filter.meta) }) };
}

function* slices(ids: string[]): Generator<string[]> {
  for (let start = 0; start < ids.length; start += CALL_SIZE) yield ids.slice(start, start + CALL_SIZE);
}
