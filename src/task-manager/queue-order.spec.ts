import { describe, expect, it } from 'vitest';
import { toProgress, type ProgressRow } from './progress.js';
import { backoffSeconds } from './retry-policy.js';
import { sortKey } from './sort-key.js';

const at = (minutes: number) => new Date(minutes * 60_000);

describe('sortKey', () => {
  it('puts CRITICAL before everything, whenever it came', () => {
    expect(sortKey('CRITICAL', at(1_000_000))).toBeLessThan(sortKey('HIGH', at(0)));
    expect(sortKey('CRITICAL', at(1))).toBeLessThan(sortKey('CRITICAL', at(2)));
  });
  it('puts HIGH before NORMAL before LOW of the same moment', () => {
    expect(sortKey('HIGH', at(5))).toBeLessThan(sortKey('NORMAL', at(5)));
    expect(sortKey('NORMAL', at(5))).toBeLessThan(sortKey('LOW', at(5)));
  });
  it('never lets LOW starve: what comes an hour later stands behind it', () =>
    expect(sortKey('LOW', at(0))).toBeLessThan(sortKey('HIGH', at(61))));
});

describe('backoffSeconds', () => {
  const bounds = { retry_backoff: 2, retry_backoff_max: 60 };
  it('doubles with each attempt up to the bound', () =>
    expect([1, 2, 3, 10].map((attempt) => backoffSeconds(bounds, attempt, 0, () => 1))).toEqual([2, 4, 8, 60]));
  it('draws anywhere below the bound', () => expect(backoffSeconds(bounds, 3, 0, () => 0.25)).toBe(2));
  it('never comes back earlier than a remote party asked', () => expect(backoffSeconds(bounds, 1, 30, () => 1)).toBe(30));
});

describe('toProgress', () => {
  const row: ProgressRow = {
    task_id: 't',
    status: 'running',
    held: false,
    pages_total: 10,
    pages_done: 4,
    pages_failed: 1,
    pages_begun: 5,
    kept: 0,
    kept_ms: 0,
    read: 5,
    read_ms: 10_000,
    slots: 2,
    running_tasks: 1,
  };
  it('follows the finished pages', () => expect(toProgress(row).progress).toBeCloseTo(0.49));
  it('estimates from the mean time a page over the free slots', () => expect(toProgress(row).eta_seconds).toBe(5));
  it('estimates nothing while the task is held, and says that it is', () => {
    expect(toProgress({ ...row, held: true })).toMatchObject({ held: true, progress: 0.49, eta_seconds: null });
    expect(toProgress(row)).not.toHaveProperty('held');
  });
  it('does not take pages that keep their text for the speed of reading', () => {
    const started = {
      ...row,
      pages_total: 18,
      pages_done: 1,
      pages_failed: 0,
      pages_begun: 3,
      kept: 1,
      kept_ms: 4,
      read: 0,
      read_ms: 0,
    };
    expect(toProgress(started).eta_seconds).toBeNull();
    // Two of three pages are to be read, 6 s each: this one, and ten of the fifteen that wait.
    expect(toProgress({ ...started, pages_done: 2, read: 1, read_ms: 6000 }).eta_seconds).toBe(33);
  });
  it('estimates also where all pages keep their text, by the time that takes', () => {
    const kept = {
      ...row,
      pages_total: 2020,
      pages_done: 20,
      pages_failed: 0,
      pages_begun: 20,
      kept: 20,
      kept_ms: 200,
      read: 0,
      read_ms: 0,
    };
    expect(toProgress(kept).eta_seconds).toBe(20);
  });
  it('gives the last page the time of a whole page, and a task in work never none', () => {
    expect(toProgress({ ...row, pages_done: 9, pages_failed: 0, pages_begun: 10, read: 9, read_ms: 45_000 }).eta_seconds).toBe(5);
    expect(toProgress({ ...row, pages_done: 10, pages_failed: 0, pages_begun: 10 }).eta_seconds).toBe(1);
  });
  it('reaches 1 only with a result', () => {
    expect(toProgress({ ...row, pages_done: 10, pages_failed: 0 }).progress).toBeLessThan(1);
    expect(toProgress({ ...row, pages_done: 10, pages_failed: 0, status: 'completed' }).progress).toBe(1);
  });
  it('counts pages that failed as a way that was gone, but not once the task has failed', () => {
    const failing = { ...row, pages_total: 1, pages_done: 0, pages_failed: 1 };
    expect(toProgress(failing).progress).toBe(0.98);
    expect(toProgress({ ...failing, status: 'failed' }).progress).toBe(0);
  });
  it('knows nothing before the document is open', () =>
    expect(toProgress({ ...row, pages_total: null, pages_done: 0, pages_failed: 0 })).toMatchObject({
      progress: 0,
      eta_seconds: null,
    }));
});
