import { PRIORITIES, STATUSES, type Priority, type TaskStatus } from './types';

/** Which tasks a list shows, and in which order: what stands in the address of the task list. */
export interface TaskListFilter {
  q?: string;
  status?: TaskStatus[];
  priority?: Priority[];
  /** Days of the user's own zone, `2026-01-31`, both inclusive. */
  from?: string;
  to?: string;
  provider?: string;
  language?: string;
  batch?: string;
  tenant?: string;
  /** Metadata as `key=value`. */
  meta?: string;
  sort?: TaskSort;
}

export const SORTS = [
  '-created_at',
  'created_at',
  '-updated_at',
  'updated_at',
  '-finished_at',
  'finished_at',
  'name',
  '-name',
  'priority',
  '-priority',
  'status',
  '-status',
] as const;
export type TaskSort = (typeof SORTS)[number];
export const DEFAULT_SORT: TaskSort = '-created_at';

/** Reads the search part of an address. What makes no sense is left out, so that old links keep working. */
export function readFilter(search: Record<string, unknown>): TaskListFilter {
  return withoutEmpty({
    q: text(search.q),
    status: some(search.status, STATUSES),
    priority: some(search.priority, PRIORITIES),
    from: day(search.from),
    to: day(search.to),
    provider: text(search.provider),
    language: text(search.language),
    batch: text(search.batch),
    tenant: text(search.tenant),
    meta: text(search.meta),
    sort: SORTS.find((sort) => sort === search.sort && sort !== DEFAULT_SORT),
  });
}

/** The same as parameters of `GET /api/ocr/tasks`. */
export function toListQuery({ from, to, meta, batch, q, status, priority, provider, language, tenant, sort }: TaskListFilter) {
  return withoutEmpty({
    q,
    status,
    priority,
    provider,
    language,
    batch_id: batch,
    tenant,
    metadata: meta === undefined ? undefined : JSON.stringify(toMetadata(meta)),
    created_from: from === undefined ? undefined : startOfDay(from, 0),
    created_to: to === undefined ? undefined : startOfDay(to, 1),
    sort: sort ?? DEFAULT_SORT,
  });
}

/** `customer=7` asks for the text "7"; a key alone asks for `true`. */
export function toMetadata(meta: string): Record<string, unknown> {
  const [key = '', ...value] = meta.split('=');
  return { [key.trim()]: value.length === 0 ? true : value.join('=').trim() };
}

/** True when anything but the order is asked for. */
export function isFiltered({ sort: _sort, ...filter }: TaskListFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** Midnight of a day in the user's zone, `later` days on; a day later, minus a millisecond, is the end of the day. */
function startOfDay(date: string, later: 0 | 1): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  return new Date(new Date(year, month - 1, dayOfMonth + later).getTime() - later).toISOString();
}

function text(value: unknown): string | undefined {
  const written = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof written === 'string' && written.trim() !== '' ? written.slice(0, 200) : undefined;
}

function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
}

function some<T extends string>(value: unknown, known: readonly T[]): T[] | undefined {
  const asked = Array.isArray(value) ? value : [value];
  const found = known.filter((each) => asked.includes(each));
  return found.length === 0 ? undefined : found;
}

function withoutEmpty<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
