import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { liveTasks } from '~/live/live-tasks';
import { api, dataOf } from './client';
import type { TaskListFilter } from './task-filter';
import { toListQuery } from './task-filter';
import { UNREACHABLE } from './problem';
import type { Health, ListQuery, Task, TaskEvent, TaskSummary, Webhook } from './types';

/** `next_after`: null when there are no more. */
interface TaskEvents {
  events: TaskEvent[];
  next_after: string | null;
}

/** Tasks of one page of a list. */
export const PAGE_SIZE = 50;

export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/stats', { signal })),
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/providers', { signal })),
  staleTime: 60_000,
  // Forms offer nothing without it.
  refetchInterval: (query) => (query.state.status === 'error' ? 3000 : false),
});

export function taskQuery(taskId: string) {
  return queryOptions({
    queryKey: ['task', taskId],
    queryFn: async ({ signal }): Promise<Task> => {
      const askedAt = Date.now();
      const task = await dataOf(api.GET('/api/ocr/tasks/{task_id}', { params: { path: { task_id: taskId } }, signal }));
      return liveTasks.brought(task, askedAt);
    },
  });
}

export function tasksQuery(filter: TaskListFilter) {
  return infiniteQueryOptions({
    queryKey: ['tasks', filter],
    queryFn: ({ pageParam, signal }) => fetchTasks(filter, pageParam, PAGE_SIZE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** A short list, for the overview: the first few tasks of a filter. */
export function fewTasksQuery(filter: TaskListFilter, limit: number) {
  return queryOptions({
    queryKey: ['tasks', 'few', filter, limit],
    queryFn: async ({ signal }) => (await fetchTasks(filter, null, limit, signal)).tasks,
  });
}

/** What needs attention first, at most `limit` of each kind. */
export function attentionQuery(limit: number) {
  return queryOptions({
    queryKey: ['tasks', 'few', 'attention', limit],
    queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/attention', { params: { query: { limit } }, signal })),
  });
}

/** One page of a list; what has come over the socket meanwhile is in it. */
export async function fetchTasks(
  filter: TaskListFilter,
  cursor: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<{ tasks: TaskSummary[]; next_cursor: string | null }> {
  return fetchList({ ...toListQuery(filter), limit, ...(cursor === null ? {} : { cursor }) }, signal);
}

/** These tasks, at most 200, as a list shows them. Those that are gone are left out. */
export async function fetchTasksById(ids: string[]): Promise<TaskSummary[]> {
  return (await fetchList({ ids, limit: ids.length })).tasks;
}

async function fetchList(query: ListQuery, signal?: AbortSignal): Promise<{ tasks: TaskSummary[]; next_cursor: string | null }> {
  const askedAt = Date.now();
  const page = await dataOf(api.GET('/api/ocr/tasks', { params: { query }, signal }));
  const tasks = page.tasks.filter(({ task_id }) => !liveTasks.isGone(task_id));
  return { ...page, tasks: tasks.map((task) => liveTasks.brought(task, askedAt)) };
}

/** Events of one call, and of one timeline: those of a document of some ten thousand pages. */
const EVENTS_A_CALL = 1000;
const MOST_EVENTS = 10_000;

/** The order of events. */
export const byId = (a: TaskEvent, b: TaskEvent) => Number(BigInt(a.id) - BigInt(b.id));

/** Everything that happened to a task, oldest first. */
export function eventsQuery(taskId: string) {
  return queryOptions({
    queryKey: ['events', taskId],
    queryFn: async ({ signal }): Promise<TaskEvents> => {
      // By their ids: a call may bring some once more that the one before brought.
      const events = new Map<string, TaskEvent>();
      let after: string | null = '0';
      while (after !== null && events.size < MOST_EVENTS) {
        const params = { path: { task_id: taskId }, query: { after, limit: EVENTS_A_CALL } };
        const part: TaskEvents = await dataOf(api.GET('/api/ocr/tasks/{task_id}/events', { params, signal }));
        for (const event of part.events) events.set(event.id, event);
        after = part.next_after;
      }
      return { events: [...events.values()].sort(byId), next_after: after };
    },
  });
}

/** What was, or is to be, sent to webhooks of a task, oldest first: of a task that was retried a hundred times, the first of it. */
export function webhooksQuery(taskId: string) {
  return queryOptions({
    queryKey: ['webhooks', taskId],
    queryFn: async ({ signal }): Promise<Webhook[]> => {
      const params = { path: { task_id: taskId }, query: { limit: 200 } };
      return (await dataOf(api.GET('/api/ocr/tasks/{task_id}/webhooks', { params, signal }))).webhooks;
    },
    refetchInterval: ({ state }) => (state.data?.some((webhook) => webhook.state === 'waiting') === true ? 3000 : false),
  });
}

export function historyQuery(window: '5m' | '1h' | '1d') {
  return queryOptions({
    queryKey: ['history', window],
    queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/stats/history', { params: { query: { window } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** How each page of a task stands. */
export function pagesQuery(taskId: string) {
  return queryOptions({
    queryKey: ['pages', taskId],
    queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/tasks/{task_id}/pages', { params: { path: { task_id: taskId } }, signal })),
  });
}

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/ocr/settings', { signal })),
});

/** The parts of the process that answers, and whether each is well. An unhealthy one is an answer too, not an error. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }): Promise<Health> => {
    const response = await fetch('/readyz', { signal }).catch(() => Promise.reject(UNREACHABLE));
    return (await response.json()) as Health;
  },
});
