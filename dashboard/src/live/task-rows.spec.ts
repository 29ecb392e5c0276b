import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import type { TaskSummary } from '~/api/types';
import { TaskRows } from './task-rows';

const row = (task_id: string, more: Partial<TaskSummary> = {}) =>
  ({ task_id, name: `${task_id}.pdf`, status: 'running', priority: 'NORMAL', error: null, ...more }) as TaskSummary;

/** A list that is on the screen, of two pages, and a server that knows `now`. */
function setUp(now: () => Promise<TaskSummary[]>) {
  const queries = new QueryClient();
  const asked: string[][] = [];
  const rows = new TaskRows(queries, (ids) => {
    asked.push(ids);
    return now();
  });
  const queryKey = ['tasks', {}];
  const pages = [
    { tasks: [row('a'), row('b')], next_cursor: 'x' },
    { tasks: [row('c')], next_cursor: null },
  ];
  queries.setQueryData(queryKey, { pages, pageParams: [null, 'x'] });
  const list = () => queries.getQueryData<{ pages: { tasks: TaskSummary[] }[] }>(queryKey)!.pages.flatMap(({ tasks }) => tasks);
  const leave = new QueryObserver(queries, { queryKey, staleTime: Infinity }).subscribe(() => {});
  return { queries, rows, list, asked, leave };
}

describe('the rows of a list', () => {
  it('are brought up to date where they stand, and no other comes in', async () => {
    const failed = row('c', { status: 'failed', priority: 'HIGH' });
    const { rows, list, asked } = setUp(async () => [row('new'), failed, row('a')]);
    const before = list();
    await rows.renew(rows.shown());
    expect(asked).toEqual([['a', 'b', 'c']]);
    // The server no longer knows the second.
    expect(list()).toEqual([row('a'), failed]);
    // What did not change is not painted again.
    expect(list()[0]).toBe(before[0]);
  });

  it('go from short and long lists alike when their tasks are gone, and no others with them', async () => {
    const { queries, rows, list } = setUp(async () => []);
    queries.setQueryData(['tasks', 'few', {}, 5], [row('a'), row('z')]);
    await rows.renew(['a']);
    expect(list()).toEqual([row('b'), row('c')]);
    expect(queries.getQueryData(['tasks', 'few', {}, 5])).toEqual([row('z')]);
  });

  it('are those on the screen', () => {
    const { queries, rows, leave } = setUp(async () => []);
    queries.setQueryData(['tasks', 'few', {}, 5], [row('short')]);
    queries.setQueryData(['tasks', { q: 'elsewhere' }], { pages: [{ tasks: [row('elsewhere')], next_cursor: null }] });
    expect(rows.shown()).toEqual(['a', 'b', 'c']);
    leave();
    expect(rows.shown()).toEqual([]);
  });

  it('are asked for one call after the other, those wanted meanwhile in the next', async () => {
    const answers: ((tasks: TaskSummary[]) => void)[] = [];
    const { rows, list, asked } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    const both = Promise.all([rows.renew(['a']), rows.renew(['a', 'b'])]);
    expect(asked).toEqual([['a']]);
    answers[0]!([row('a', { status: 'paused' })]);
    await expect.poll(() => asked).toEqual([['a'], ['a', 'b']]);
    answers[1]!([row('a', { status: 'cancelled' })]);
    await both;
    expect(list()[0]).toEqual(row('a', { status: 'cancelled' }));
  });

  it('that could not be had are asked for with the next', async () => {
    let refuses = true;
    const { rows, asked } = setUp(async () => {
      if (refuses) throw new Error('away');
      return [];
    });
    await expect(rows.renew(['a'])).rejects.toThrow('away');
    refuses = false;
    await rows.renew(['b']);
    expect(asked).toEqual([['a'], ['a', 'b']]);
  });

  it('are asked for in calls of fifty', async () => {
    const { rows, asked } = setUp(async () => []);
    await rows.renew(Array.from({ length: 120 }, (_, index) => `task ${index}`));
    expect(asked.map((ids) => ids.length)).toEqual([50, 50, 20]);
  });
});
