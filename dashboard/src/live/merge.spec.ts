import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchTasks } from '~/api/queries';
import type { TaskSummary } from '~/api/types';
import { withLive } from './live-tasks';
import { LiveMerge } from './merge';
import type { LiveTask, TaskMessage } from './messages';
import { TaskRows } from './task-rows';

/** What a browser has, as far as calls of the API want it: there before their module is. */
const browser = vi.hoisted(() => {
  const answers = { next: () => Promise.reject<Response>(new Error('No answer is expected')) };
  const storage = { getItem: () => null };
  vi.stubGlobal('window', { location: { origin: 'http://localhost' }, localStorage: storage, sessionStorage: storage });
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', storage);
  vi.stubGlobal('fetch', () => answers.next());
  return answers;
});
afterAll(() => vi.unstubAllGlobals());

const row = (task_id: string) =>
  ({ task_id, status: 'completed', progress: 1, pages: { total: 1, done: 1, failed: 0 } }) as TaskSummary;
const live = (task_id: string, status: LiveTask['status']): LiveTask => ({
  task_id,
  status,
  progress: 1,
  pages_total: 1,
  pages_done: 1,
  pages_failed: 0,
  eta_seconds: null,
});
const deleted = (task_id: string) =>
  ({
    ...live(task_id, 'deleted'),
    type: 'deleted',
    event: { id: '7', type: 'task.deleted', at: '2026-01-01T00:00:00Z' },
  }) as unknown as TaskMessage;

/** A page with a list on the screen, and a server that knows `known`. */
function setUp(known: string[]) {
  const queries = new QueryClient();
  const rows = new TaskRows(queries, async (ids) => ids.filter((id) => known.includes(id)).map(row));
  const queryKey = ['tasks', {}];
  const pages = [{ tasks: known.map(row), next_cursor: null }];
  queries.setQueryData(queryKey, { pages, pageParams: [null] });
  new QueryObserver(queries, { queryKey, staleTime: Infinity }).subscribe(() => {});
  new QueryObserver(queries, {
    queryKey: ['rows', {}],
    queryFn: () => rows.renew(rows.shown()).then(() => true),
    initialData: true,
    staleTime: Infinity,
  }).subscribe(() => {});
  const list = () =>
    queries
      .getQueryData<{ pages: { tasks: TaskSummary[] }[] }>(queryKey)!
      .pages.flatMap(({ tasks }) => tasks.map(({ task_id }) => task_id));
  return { merge: new LiveMerge(queries, rows), list };
}

describe('what the socket tells of a task that is held', () => {
  it('stands in its row until it is let go', () => {
    const running = withLive({ ...row('a'), held: false }, live('a', 'running'));
    expect(running.held).toBe(false);
    const held = withLive(running, { ...live('a', 'running'), held: true });
    expect(held.held).toBe(true);
    expect(withLive(held, live('a', 'running')).held).toBe(false);
  });
});

describe('what the socket tells of tasks that are deleted elsewhere', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('takes their rows out of the list, though a late message tells of them again', async () => {
    const { merge, list } = setUp(['a', 'b', 'c']);
    merge.hear(deleted('b'));
    merge.hear({ ...live('b', 'completed'), type: 'status' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(list()).toEqual(['a', 'c']);
  });

  it('is made good after the socket was away', async () => {
    const known = ['a', 'b', 'c'];
    const { merge, list } = setUp(known);
    known.splice(0, 1);
    merge.hear({ type: 'snapshot', tasks: [], stats: {} as never, last_event_id: '9' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(list()).toEqual(['b', 'c']);
  });

  it('keeps them out of an answer that was on its way', async () => {
    const { merge } = setUp([]);
    browser.next = async () => {
      merge.hear(deleted('gone'));
      return Response.json({ tasks: [row('gone'), row('stays')], next_cursor: null });
    };
    const { tasks } = await fetchTasks({}, null, 50);
    expect(tasks.map(({ task_id }) => task_id)).toEqual(['stays']);
  });
});
