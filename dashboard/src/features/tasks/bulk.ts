import { api, dataOf } from '~/api/client';
import { toListQuery, toMetadata, type TaskListFilter } from '~/api/task-filter';
import type { BulkOutcome, BulkRequest } from '~/api/types';
import type { BulkOrder } from './BulkBar';
import type { Selection } from './use-selection';

/** Tasks of one call; each call moves the progress bar. */
const CALL_SIZE = 100;

type Chosen = Pick<Selection, 'ids' | 'all'>;

export interface Concerned {
  /** How many of the chosen tasks are in a state the action starts from. */
  count: number;
  /** The server's time of the count: with a whole filter, what is created later is left alone. */
  asOf: string;
}

/** Counts what an action would concern. */
export async function countConcerned(order: BulkOrder, chosen: Chosen, filter: TaskListFilter): Promise<Concerned> {
  const counts: BulkOutcome[] = [];
  const parts = chosen.all ? [toBulkFilter(filter)] : slices([...chosen.ids]).map((ids) => ({ ids }));
  for (const part of parts) counts.push(await act({ ...order, filter: part, dry_run: true }));
  return { count: counts.reduce((sum, { matched }) => sum + matched, 0), asOf: counts[0]?.as_of ?? '' };
}

function act(body: BulkRequest): Promise<BulkOutcome> {
  return dataOf(api.POST('/api/ocr/tasks/actions', { body }));
}

/** What has come of an action so far. */
export type BulkTotal = Pick<BulkOutcome, 'matched' | 'changed' | 'errors'>;

/**
 * Does it, call after call, so that there is a progress to show and a way to stop.
 * @param asOf of the count that was agreed to
 * @param onProgress told after every call how many tasks are through
 */
export async function carryOut(
  order: BulkOrder,
  chosen: Chosen,
  filter: TaskListFilter,
  asOf: string,
  onProgress: (total: BulkTotal) => void,
  signal: AbortSignal,
): Promise<BulkTotal> {
  const total: BulkTotal = { matched: 0, changed: 0, errors: [] };
  const calls = chosen.all ? wholeFilter(order, toBulkFilter(filter), asOf) : eachSlice(order, [...chosen.ids]);
  for await (const { matched, changed, errors } of calls) {
    total.matched += matched;
    total.changed += changed;
    total.errors.push(...errors);
    onProgress({ ...total });
    if (signal.aborted) break;
  }
  return total;
}

/** Everything the filter found when it was counted. */
function wholeFilter(order: BulkOrder, filter: BulkRequest['filter'], asOf: string): AsyncGenerator<BulkOutcome> {
  return callAfterCall(order, { ...filter, created_to: [asOf, filter.created_to ?? asOf].sort()[0] });
}

/** Everything a filter finds, in the order it was handed in. A call may end early where tasks take long: the next one goes on from there. */
async function* callAfterCall(order: BulkOrder, filter: BulkRequest['filter']): AsyncGenerator<BulkOutcome> {
  let after: string | null = null;
  do {
    const part: BulkRequest['filter'] = after === null ? filter : { ...filter, after };
    const outcome: BulkOutcome = await act({ ...order, filter: part, limit: CALL_SIZE });
    yield outcome;
    after = outcome.next_after;
  } while (after !== null);
}

async function* eachSlice(order: BulkOrder, ids: string[]): AsyncGenerator<BulkOutcome> {
  for (const slice of slices(ids)) yield* callAfterCall(order, { ids: slice });
}

function toBulkFilter(filter: TaskListFilter): BulkRequest['filter'] {
  const { sort: _sort, metadata: _metadata, ...rest } = toListQuery(filter);
  return { ...rest, ...(filter.meta === undefined ? {} : { metadata: toMetadata(filter.meta) }) };
}

function slices(ids: string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / CALL_SIZE) }, (_, call) =>
    ids.slice(call * CALL_SIZE, (call + 1) * CALL_SIZE),
  );
}
