import type { QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PausedTime1764670000000 } from '../../migrations/1764670000000-paused-time.js';
import { toTaskSummary } from '../../src/api/tasks/task-view.js';
import { startNode } from '../../src/bootstrap.js';
import { Database } from '../../src/database/database.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { HistoryDto } from '../../src/metrics/history.dto.js';
import { PageRecorder } from '../../src/metrics/page-recorder.js';
import type { Stats } from '../../src/metrics/stats.dto.js';
import { compactMinutes, deleteOldMinutes } from '../../src/metrics/sql/minutes.sql.js';
import { StatisticsUpkeep } from '../../src/metrics/statistics-upkeep.js';
import { readStats } from '../../src/metrics/read-stats.js';
import { registerNode, renewLease } from '../../src/queue-manager/sql/nodes.sql.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../src/storage/document-store.js';
import { Circuits } from '../../src/task-manager/circuits.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { startLiveApp, type LiveApp } from '../support/live-app.js';
import { QueueHarness } from '../support/queue-harness.js';

let queue: QueueHarness;
let live: LiveApp;
const stats = (): Promise<Stats> => readStats(queue.database, 3);
const get = (path: string, headers: Record<string, string> = {}, host = live.host) => fetch(`http://${host}${path}`, { headers });

beforeAll(async () => {
  queue = await QueueHarness.start({ max_concurrent_tasks: 100 });
  live = await startLiveApp(queue.settings);
});
afterAll(async () => {
  await live?.close();
  await queue?.close();
});
afterEach(async () => {
  await queue.database.query('TRUNCATE ocr_stats_minutes, ocr_tasks, ocr_events, ocr_nodes, ocr_settings CASCADE');
});

describe('the history', () => {
  const history = async (window: string) => (await get(`/api/ocr/stats/history${window}`)).json() as Promise<HistoryDto>;
  const record = (at: string, columns: string, values: string) =>
    queue.database.query(
      `INSERT INTO ocr_stats_minutes (minute, node_id, ${columns}) VALUES (date_trunc('minute', ${at}), gen_random_uuid(), ${values})`,
    );

  it('has a point for each step, also where nothing happened', async () => {
    for (const [window, steps, seconds] of [
      ['5m', 30, 10],
      ['1h', 60, 60],
      ['1d', 96, 900],
    ] as const) {
      const { points, ...rest } = await history(`?window=${window}`);
      expect(rest).toEqual({ window, step_seconds: seconds });
      expect(points).toHaveLength(steps);
      const times = points.map((point) => Date.parse(point.at));
      for (const [n, time] of times.entries()) expect(time - times[0]!).toBe(n * seconds * 1000);
      expect(Date.now() - times.at(-1)!).toBeLessThan(seconds * 1000);
      expect(points[0]).toEqual({
        at: expect.any(String) as string,
        pages_done: 0,
        pages_failed: 0,
        pages_per_minute: 0,
        tasks_completed: 0,
        tasks_failed: 0,
        mean_wait_seconds: null,
        mean_task_seconds: null,
        waiting_tasks: null,
        oldest_wait_seconds: null,
      });
    }
    expect((await history('')).window).toBe('1h');
  });

  it('adds up the nodes and the minutes of each step', async () => {
    const ago = `now() - interval '20 minutes'`;
    await record(ago, 'pages_done, pages_failed', '10, 1');
    await record(ago, 'pages_done', '20');
    const ended = 'tasks_completed, tasks_completed_with_errors, tasks_failed, tasks_cancelled, wait_ms, task_ms';
    await record(ago, ended, '3, 1, 2, 5, 8000, 20000');
    await record(`now() - interval '2 days'`, 'pages_done', '1000');
    const busy = (await history('?window=1h')).points.filter((point) => point.pages_done + point.tasks_completed > 0);
    const sum = {
      pages_done: 30,
      pages_failed: 1,
      tasks_completed: 4,
      tasks_failed: 2,
      mean_wait_seconds: 2,
      mean_task_seconds: 5,
      waiting_tasks: null,
      oldest_wait_seconds: null,
    };
    expect(busy).toEqual([{ ...sum, pages_per_minute: 30, at: expect.any(String) as string }]);
    const day = (await history('?window=1d')).points.filter((point) => point.pages_done > 0);
    expect(day).toEqual([{ ...sum, pages_per_minute: 2, at: expect.any(String) as string }]);
  });
});

describe('the samples of the queue', () => {
  const samples = async () => {
    const { rows } = await queue.database.query<{ waiting_tasks: number; oldest_wait_ms: number }>(
      'SELECT waiting_tasks, oldest_wait_ms FROM ocr_stats_minutes WHERE waiting_tasks IS NOT NULL ORDER BY minute',
    );
    return rows;
  };
  /** As if the step under way had not been looked at, nor written to. */
  const forget = () => queue.database.query('DELETE FROM ocr_stats_minutes');

  it('are taken once a step, however many processes there are', async () => {
    const old = await queue.submit();
    await queue.submit();
    await queue.database.query(`UPDATE ocr_tasks SET created_at = now() - interval '90 seconds' WHERE id = $1`, [old]);
    const other = await startLiveApp(queue.settings);
    const upkeeps = [live, other].map(({ app }) => app.get(StatisticsUpkeep));
    await forget();
    await Promise.all([...upkeeps, ...upkeeps].map((upkeep) => upkeep.runOnce()));
    const taken = await samples();
    await other.close();
    // The turn of a step may lie between two of them.
    expect(taken.length).toBeLessThanOrEqual(2);
    for (const sample of taken) {
      expect(sample.waiting_tasks).toBe(2);
      expect(sample.oldest_wait_ms).toBeGreaterThanOrEqual(90_000);
      expect(sample.oldest_wait_ms).toBeLessThan(150_000);
    }
    const { points } = (await (await get('/api/ocr/stats/history?window=5m')).json()) as HistoryDto;
    const shown = points.filter((point) => point.waiting_tasks !== null);
    expect(shown.at(-1)).toMatchObject({ waiting_tasks: 2 });
    expect(shown.at(-1)!.oldest_wait_seconds).toBeGreaterThanOrEqual(90);
  });

  it('tell of an empty queue', async () => {
    await forget();
    await live.app.get(StatisticsUpkeep).runOnce();
    expect((await samples())[0]).toEqual({ waiting_tasks: 0, oldest_wait_ms: 0 });
  });
});

describe('old statistics', () => {
  const fine = (ago: string, columns: string, values: string) =>
    queue.database.query(
      `INSERT INTO ocr_stats_minutes (minute, node_id, ${columns})
       VALUES (date_trunc('minute', now() - $1::interval) + interval '20 seconds', gen_random_uuid(), ${values})`,
      [ago],
    );
  const rows = async () => {
    const found = await queue.database.query<{ pages_done: number; at: Date }>(
      'SELECT minute AS at, pages_done, tasks_completed, waiting_tasks, oldest_wait_ms FROM ocr_stats_minutes WHERE pages_done > 0',
    );
    return found.rows;
  };

  it('are put together to minutes, without losing anything, also by several at once', async () => {
    await fine('40 minutes', 'pages_done, tasks_completed, waiting_tasks, oldest_wait_ms', '10, 1, 7, 1000');
    await fine('40 minutes', 'pages_done, tasks_completed, waiting_tasks, oldest_wait_ms', '5, 2, 3, 9000');
    await fine('3 minutes', 'pages_done', '1');
    await Promise.all([1, 2, 3].map(() => queue.database.query(compactMinutes, [900])));
    await fine('40 minutes', 'pages_done', '2');
    await queue.database.query(compactMinutes, [900]);
    const [old, recent] = (await rows()).sort((a, b) => a.at.getTime() - b.at.getTime());
    expect(old).toMatchObject({ pages_done: 17, tasks_completed: 3, waiting_tasks: 7, oldest_wait_ms: 9000 });
    expect(old!.at.getSeconds()).toBe(0);
    expect(recent!.at.getSeconds()).toBe(20);
    expect(await rows()).toHaveLength(2);
  });

  it('are forgotten', async () => {
    await fine('89 days', 'pages_done', '1');
    await fine('91 days', 'pages_done', '1');
    await queue.database.query(deleteOldMinutes, [90]);
    expect(await rows()).toHaveLength(1);
  });
});

describe('the statistics', () => {
  it('are all there, and empty, before anything has happened', async () => {
    const nothing = { tasks: 0, waiting_pages: 0, oldest_wait_seconds: null };
    const none = { mean: null, p50: null, p95: null };
    const window = {
      pages: 0,
      pages_failed: 0,
      pages_per_minute: 0,
      mean_page_ms: null,
      tasks_completed: 0,
      tasks_completed_with_errors: 0,
      tasks_failed: 0,
      tasks_cancelled: 0,
      task_seconds: none,
      wait_seconds: none,
    };
    expect(await stats()).toEqual({
      generated_at: expect.any(String) as string,
      max_concurrent_tasks: 3,
      tasks_by_status: { queued: 0, running: 0, paused: 0, completed: 0, completed_with_errors: 0, failed: 0, cancelled: 0 },
      queue: { ...nothing, by_priority: { CRITICAL: nothing, HIGH: nothing, NORMAL: nothing, LOW: nothing } },
      last_5_minutes: window,
      last_hour: window,
      last_day: window,
      nodes: [],
    });
  });

  it('count what waits, by status and priority', async () => {
    const node = await queue.node();
    await queue.submit({ priority: 'HIGH' });
    await queue.prepare(node, 12);
    const paused = await queue.submit({ priority: 'LOW' });
    await queue.tasks.pause(paused);
    const old = await queue.submit({ priority: 'NORMAL' });
    await queue.submit({ priority: 'NORMAL' });
    await queue.database.query(`UPDATE ocr_tasks SET created_at = now() - interval '90 seconds' WHERE id = $1`, [old]);
    await queue.mustClaim(node); // one of the three chunks
    const { tasks_by_status, queue: waiting } = await stats();
    expect(tasks_by_status).toMatchObject({ queued: 2, running: 1, paused: 1 });
    expect(waiting).toMatchObject({ tasks: 4, waiting_pages: 7 });
    expect(waiting.by_priority.HIGH).toEqual({ tasks: 1, waiting_pages: 7, oldest_wait_seconds: null });
    expect(waiting.by_priority.LOW).toEqual({ tasks: 1, waiting_pages: 0, oldest_wait_seconds: null });
    expect(waiting.by_priority.NORMAL.tasks).toBe(2);
    expect(waiting.oldest_wait_seconds).toBe(waiting.by_priority.NORMAL.oldest_wait_seconds);
    expect(waiting.oldest_wait_seconds).toBeGreaterThanOrEqual(90);
    expect(waiting.oldest_wait_seconds).toBeLessThan(150);
  });

  it('count every ended task once, whoever ends it, and keep the count when it is deleted', async () => {
    const node = await queue.node();
    const completed = await queue.submit();
    await queue.workOff(node);
    const failed = await queue.submit();
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('damaged_document'));
    const cancelled = await queue.submit();
    await Promise.all([1, 2, 3].map(() => queue.tasks.cancel(cancelled)));
    const counted = { tasks_completed: 1, tasks_completed_with_errors: 0, tasks_failed: 1, tasks_cancelled: 1 };
    expect((await stats()).last_hour).toMatchObject(counted);
    for (const id of [completed, failed, cancelled]) await queue.tasks.delete(id);
    const after = await stats();
    expect(after.last_hour).toMatchObject(counted);
    expect(after.tasks_by_status).toMatchObject({ completed: 0, failed: 0, cancelled: 0 });
  });

  it('tell how long tasks waited and took', async () => {
    const node = await queue.node();
    for (const seconds of [10, 20, 30]) {
      const id = await queue.submit();
      await queue.prepare(node, 1);
      const chunk = await queue.mustClaim(node);
      await queue.readPages(chunk);
      await queue.settlement.chunkFinished(chunk);
      await queue.database.query(
        `UPDATE ocr_tasks SET started_at = now() - make_interval(secs => $2), created_at = now() - make_interval(secs => $2 + 5) WHERE id = $1`,
        [id, seconds],
      );
      await queue.settlement.merged(await queue.mustClaim(node), {});
    }
    const { last_5_minutes } = await stats();
    expect(last_5_minutes.tasks_completed).toBe(3);
    expect(last_5_minutes.task_seconds.mean).toBeCloseTo(20, 0);
    expect(last_5_minutes.task_seconds.p50).toBeCloseTo(20, 0);
    expect(last_5_minutes.task_seconds.p95).toBeCloseTo(29, 0);
    expect(last_5_minutes.wait_seconds.p50).toBeCloseTo(5, 1);
  });

  it('leave out how long tasks were paused, while they waited and while they were worked on', async () => {
    const node = await queue.node();
    const id = await queue.submit();
    /** Moves the task's own times into the past. */
    const backdate = (seconds: number, ...columns: string[]) =>
      queue.database.query(
        `UPDATE ocr_tasks SET ${columns.map((column) => `${column} = ${column} - make_interval(secs => $2)`).join()} WHERE id = $1`,
        [id, seconds],
      );
    const paused = async (seconds: number, ...columns: string[]) => {
      await queue.tasks.pause(id);
      const { task } = await queue.queries.get(id);
      expect(task.paused_at).toEqual(task.updated_at);
      await backdate(seconds, 'paused_at', ...columns);
      await queue.tasks.resume(id);
    };
    await backdate(7, 'created_at');
    await paused(3600, 'created_at');
    expect((await stats()).queue.oldest_wait_seconds).toBeCloseTo(7, 0);
    await queue.prepare(node, 1);
    await backdate(20, 'created_at', 'started_at', 'requeued_at');
    for (const seconds of [1000, 500]) await paused(seconds, 'created_at', 'started_at', 'requeued_at');
    expect((await queue.queries.get(id)).task).toMatchObject({ paused_at: null });
    expect(Number((await queue.queries.get(id)).task.paused_ms) / 1000).toBeCloseTo(1500, 0);
    await queue.workOff(node);
    const { last_hour } = await stats();
    for (const seconds of [last_hour.task_seconds, last_hour.wait_seconds]) expect(seconds.mean).toBeCloseTo(seconds.p50!, 0);
    expect(last_hour.task_seconds.p50).toBeCloseTo(20, 0);
    expect(last_hour.wait_seconds.p50).toBeCloseTo(7, 0);

    const view = toTaskSummary(await queue.queries.get(id), '');
    expect(view.paused_at).toBeNull();
    expect(view.paused_seconds).toBeCloseTo(1500, 0);

    // Nor is one a time that was gained, when the clock of the database goes back meanwhile.
    const early = await queue.submit();
    await queue.prepare(node, 1);
    for (const _ of [1, 2]) {
      await queue.tasks.pause(early);
      await queue.database.query(`UPDATE ocr_tasks SET paused_at = now() + interval '1 hour' WHERE id = $1`, [early]);
      await queue.tasks.resume(early);
    }
    expect(Number((await queue.queries.get(early)).task.paused_ms)).toBe(0);
    await queue.workOff(node);

    // A pause that never ends counts for nothing either; another run begins anew.
    const failing = await queue.submit();
    await queue.prepare(node, 1);
    await queue.tasks.pause(failing);
    await queue.tasks.cancel(failing);
    expect((await queue.queries.get(failing)).task.paused_at).toBeNull();
  });

  it('know from the migration on since when tasks are paused, and go by their whole time without it', async () => {
    const runner = { query: (text: string) => queue.database.query(text) } as unknown as QueryRunner;
    const [paused, ended] = [await queue.submit(), await queue.submit()];
    await queue.tasks.pause(paused);
    const migration = new PausedTime1764670000000();
    await migration.down(runner);
    const end = `UPDATE ocr_tasks SET status = 'completed', started_at = now() - interval '30 seconds', finished_at = now() WHERE id = $1`;
    await queue.database.query(end, [ended]);
    const counted = () => queue.database.query<{ ms: number }>('SELECT sum(task_ms)::float8 AS ms FROM ocr_stats_minutes');
    expect((await counted()).rows[0]!.ms).toBeCloseTo(30_000, -2);
    await migration.up(runner);
    const { task } = await queue.queries.get(paused);
    expect(task.paused_at).toEqual(task.updated_at);
    expect(Number(task.paused_ms)).toBe(0);
  });

  it('tell each run of a task apart: it waits and takes as long as itself', async () => {
    const node = await queue.node();
    const id = await queue.submit();
    await queue.prepare(node, 1);
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('render_failed'));
    const ago = (column: string) => `${column} = ${column} - interval '20 hours'`;
    await queue.database.query(
      `UPDATE ocr_tasks SET ${['created_at', 'enqueued_at', 'started_at', 'finished_at', 'updated_at'].map(ago).join()} WHERE id = $1`,
      [id],
    );
    await queue.tasks.retry(id);
    expect((await queue.queries.get(id)).task).toMatchObject({ status: 'queued', started_at: null });
    expect((await stats()).queue.oldest_wait_seconds).toBeLessThan(60);
    await queue.database.query(`UPDATE ocr_tasks SET requeued_at = requeued_at - interval '40 seconds' WHERE id = $1`, [id]);
    expect((await stats()).queue.oldest_wait_seconds).toBeGreaterThanOrEqual(40);

    const chunk = await queue.mustClaim(node);
    await queue.database.query(
      `UPDATE ocr_tasks SET started_at = started_at - interval '30 seconds', requeued_at = requeued_at - interval '30 seconds' WHERE id = $1`,
      [id],
    );
    // A stop and another start within the run are of the run.
    await queue.tasks.pause(id);
    await queue.tasks.resume(id);
    const again = await queue.mustClaim(node);
    expect(again.jobId).toBe(chunk.jobId);
    await queue.readPages(again);
    await queue.settlement.chunkFinished(again);
    await queue.workOff(node);
    const { last_hour } = await stats();
    expect(last_hour).toMatchObject({ tasks_completed: 1, tasks_failed: 1 });
    for (const [seconds, about] of [
      [last_hour.task_seconds, 30],
      [last_hour.wait_seconds, 40],
    ] as const) {
      expect(seconds.mean).toBeCloseTo(about, -1);
      expect(seconds.p50).toBeCloseTo(about, -1);
    }
  });

  it('tell the throughput of each window', async () => {
    const minute = (ago: string, node: string) =>
      queue.database.query(
        `INSERT INTO ocr_stats_minutes (minute, node_id, pages_done, pages_failed, page_ms)
         VALUES (date_trunc('minute', now() - $1::interval), $2, 100, 1, 101000)`,
        [ago, node],
      );
    const [first, second] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
    for (const ago of ['1 minute', '30 minutes', '20 hours', '30 hours']) await minute(ago, first);
    await minute('1 minute', second);
    const { last_5_minutes, last_hour, last_day } = await stats();
    expect([last_5_minutes, last_hour, last_day].map((window) => window.pages)).toEqual([200, 300, 400]);
    expect([last_5_minutes, last_hour, last_day].map((window) => window.pages_failed)).toEqual([2, 3, 4]);
    expect(last_5_minutes.mean_page_ms).toBe(1000);
    expect(last_hour.pages_per_minute).toBeGreaterThan(4.9);
    expect(last_hour.pages_per_minute).toBeLessThanOrEqual(5);
  });

  it('name the nodes whose lease holds, with their load, and the limit in force', async () => {
    const id = '00000000-0000-7000-8000-00000000000a';
    await queue.database.query(registerNode, [id, 'ocr-1', 1, '["worker"]', '1.2.3', 4, 60]);
    await queue.database.query(renewLease, [id, { pages: 3, jobs: 1, rss_mb: 511.6 }, 60]);
    await queue.node(-1);
    await queue.database.query(`INSERT INTO ocr_settings (name, value) VALUES ('max_concurrent_tasks', '7')`);
    const { nodes, max_concurrent_tasks } = await stats();
    expect(max_concurrent_tasks).toBe(7);
    expect(nodes).toEqual([
      {
        id,
        name: 'ocr-1',
        roles: ['worker'],
        version: '1.2.3',
        slots: 4,
        running_pages: 3,
        running_jobs: 1,
        memory_mb: 512,
        started_at: expect.any(String) as string,
        last_heartbeat_seconds: expect.any(Number) as number,
      },
    ]);
  });

  it('tell of no more pages read at a node than it has slots', async () => {
    const id = '00000000-0000-7000-8000-00000000000a';
    await queue.database.query(registerNode, [id, 'ocr-1', 1, '["worker"]', '1.2.3', 2, 60]);
    await queue.database.query(renewLease, [id, { pages: 3, jobs: 1, rss_mb: 1 }, 60]);
    expect((await stats()).nodes).toMatchObject([{ slots: 2, running_pages: 2 }]);
  });

  it('are answered over HTTP', async () => {
    const answer = await get('/api/ocr/stats');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ max_concurrent_tasks: 100, queue: { tasks: 0 } });
  });
});

describe('the record of pages', () => {
  const work = { task_id: '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11', provider: 'tesseract', source: 'recognised' as const };

  it('adds up step by step, whatever is written how often', async () => {
    const pages = live.app.get(WorkObserver).pages;
    const recorder = live.app.get(PageRecorder);
    pages.next({ ...work, duration_ms: 1000.4, failed: false });
    await recorder.runOnce();
    await recorder.runOnce();
    pages.next({ ...work, duration_ms: 2000, failed: false });
    pages.next({ ...work, source: null, duration_ms: 10, failed: true, code: 'page_timeout' });
    await recorder.runOnce();
    const { rows } = await queue.database.query(
      'SELECT sum(pages_done)::int AS done, sum(pages_failed)::int AS failed, sum(page_ms)::int AS ms FROM ocr_stats_minutes',
    );
    expect(rows).toEqual([{ done: 2, failed: 1, ms: 3010 }]);
  });

  it('is written when the process stops', async () => {
    const leaving = await startLiveApp(queue.settings);
    leaving.app.get(WorkObserver).pages.next({ ...work, duration_ms: 5, failed: false });
    await leaving.close();
    const { rows } = await queue.database.query('SELECT pages_done FROM ocr_stats_minutes WHERE pages_done > 0');
    expect(rows).toEqual([{ pages_done: 1 }]);
  });
});

describe('health', () => {
  it('is alive and ready', async () => {
    const alive = await get('/livez');
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ok', checks: { database: { healthy: true }, store: { healthy: true } } });
  });

  it('says which part is not ready', async () => {
    const registry = live.app.get(HealthRegistry);
    const unregister = registry.register('dispatcher', () => ({ healthy: false, detail: 'It failed.' }));
    const broken = registry.register('thrower', () => {
      throw new Error('secret');
    });
    const answer = await get('/readyz');
    unregister();
    broken();
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      status: 'unavailable',
      checks: {
        database: { healthy: true },
        dispatcher: { healthy: false, detail: 'It failed.' },
        thrower: { healthy: false, code: 'check_failed' },
      },
    });
    expect(text).not.toContain('secret');
    expect((await get('/readyz')).status).toBe(200);
  });

  it('says so when the store cannot be written', async () => {
    const other = await startLiveApp(queue.settings);
    const store = other.app.get<DocumentStore>(DOCUMENT_STORE, { strict: false });
    store.check = () => Promise.reject(new OcrError('storage_failed'));
    const answer = await get('/readyz', {}, other.host);
    await other.close();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ checks: { store: { healthy: false, code: 'store_not_writable' } } });
  });
});

describe('metrics', () => {
  it('tell the queue and the work of this process', async () => {
    const observer = live.app.get(WorkObserver);
    observer.jobs.next({ kind: 'chunk', outcome: 'retrying', duration_ms: 1500, code: 'engine_crashed' });
    observer.jobs.next({ kind: 'merge', outcome: 'done', duration_ms: 700 });
    observer.rescues.next(2);
    observer.substitutions.next('document_ai');
    await queue.submit({ priority: 'HIGH' });
    await get('/api/ocr/stats?a=1');
    await get('/nowhere/4711');
    const value = await valuesOf(live.host);
    expect(value('ocr_pages_total{outcome="done",source="recognised",provider="tesseract"}')).toBe(2);
    expect(value('ocr_page_duration_seconds_count{source="recognised",provider="tesseract"}')).toBe(2);
    expect(value('ocr_failures_total{kind="page",code="page_timeout"}')).toBe(1);
    expect(value('ocr_failures_total{kind="chunk",code="engine_crashed"}')).toBe(1);
    expect(value('ocr_jobs_total{kind="merge",outcome="done"}')).toBe(1);
    expect(value('ocr_job_duration_seconds_sum{kind="merge"}')).toBeCloseTo(0.7);
    expect(value('ocr_rescues_total')).toBe(2);
    expect(value('ocr_provider_substitutions_total{provider="document_ai"}')).toBe(1);
    expect(value('ocr_http_request_duration_seconds_count{method="GET",route="/api/ocr/stats",status="200"}')).toBeGreaterThan(0);
    expect(value('ocr_http_request_duration_seconds_count{method="GET",route="none",status="404"}')).toBe(1);
    expect(value('ocr_database_up')).toBe(1);
    expect(value('ocr_queue_depth{priority="LOW"}')).toBe(0);
    expect(value('ocr_sockets_connected{transport="websocket"}')).toBe(0);
    expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0);
  });

  it('follow the queue', async () => {
    await queue.submit({ priority: 'HIGH' });
    await expect.poll(async () => (await valuesOf(live.host))('ocr_queue_depth{priority="HIGH"}'), { timeout: 10_000 }).toBe(1);
  });

  it('count the nodes that read pages, and tell which providers are down', async () => {
    const circuits = live.app.get(Circuits);
    const ids = ['a', 'b', 'c'].map((end) => `00000000-0000-7000-8000-00000000000${end}`);
    for (const [at, roles] of [['worker'], ['worker', 'api'], ['api']].entries())
      await queue.database.query(registerNode, [ids[at], `ocr-${at}`, 1, JSON.stringify(roles), '1.2.3', 4, 60]);
    for (let failures = 0; failures < 5; failures++) {
      circuits.failed('http', new OcrError('engine_unavailable'));
      await circuits.settled();
    }
    circuits.failed('textract', new OcrError('engine_unavailable'));
    await circuits.settled();
    const told = async () => {
      const value = await valuesOf(live.host);
      const open = ['http', 'textract'].map((provider) => value(`ocr_provider_down{provider="${provider}"}`));
      return [value('ocr_nodes'), value('ocr_worker_nodes'), ...open];
    };
    await expect.poll(told).toEqual([3, 2, 1, 0]);
    await queue.database.query('TRUNCATE ocr_circuits');
    await circuits.runOnce();
    await expect.poll(told).toEqual([3, 2, undefined, undefined]);
  });

  it('ask for the key where keys are set; health does not', async () => {
    const locked = await startLiveApp({ ...queue.settings, api_keys: ['secret'] });
    const statusOf = async (path: string, headers = {}) => (await get(path, headers, locked.host)).status;
    expect(await statusOf('/metrics')).toBe(401);
    expect(await statusOf('/api/ocr/stats')).toBe(401);
    expect(await statusOf('/metrics', { authorization: 'Bearer secret' })).toBe(200);
    expect(await statusOf('/livez')).toBe(200);
    expect(await statusOf('/readyz')).toBe(200);
    await locked.close();
  });

  it('tell of calls that are refused before any route has them', async () => {
    const key = { authorization: 'Bearer secret' };
    const node = await startNode({ ...queue.settings, port: 0, roles: ['api'], api_keys: ['secret'], log_console: 'off' });
    const host = new URL(node.url).host;
    const post = (body: string, headers = {}) =>
      fetch(`${node.url}/api/ocr/tasks`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    const seen = [
      await get('/api/ocr/tasks', { authorization: 'Bearer guess-1' }, host),
      await get('/api/ocr/tasks/4711', { authorization: 'Bearer guess-2' }, host),
      await post('{}', { ...key, origin: 'https://elsewhere.example' }),
      await post('{"document_path":', key),
      await post(JSON.stringify({ document_path: 'a'.repeat(2 * 1024 * 1024) }), key),
      await post('{}', { ...key, 'content-type': 'text/plain' }),
      await post('{}', key),
    ];
    expect(seen.map(({ status }) => status)).toEqual([401, 401, 403, 400, 413, 415, 422]);
    const counts = async () => {
      const value = await valuesOf(host, key);
      const count = (method: string, route: string, status: number) =>
        value(`ocr_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
      const refused = [400, 403, 413, 415].map((status) => count('POST', 'none', status));
      return [count('GET', 'none', 401), ...refused, count('POST', '/api/ocr/tasks', 422)];
    };
    await expect.poll(counts).toEqual([2, 1, 1, 1, 1, 1]);
    await node.close();
  });

  it('answer while the database does not', async () => {
    const cut = await startLiveApp(queue.settings);
    await cut.app.get(Database).close();
    const value = await valuesOf(cut.host);
    expect(value('ocr_database_up')).toBe(0);
    expect(value('ocr_queue_depth{priority="HIGH"}')).toBeUndefined();
    expect(value('ocr_worker_nodes')).toBeUndefined();
    expect((await get('/readyz', {}, cut.host)).status).toBe(503);
    await cut.close();
  });
});

async function valuesOf(host: string, headers = {}): Promise<(series: string) => number | undefined> {
  const answer = await get('/metrics', headers, host);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
  return (series) => values.get(series);
}
