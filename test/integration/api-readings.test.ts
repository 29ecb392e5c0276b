import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { readStats } from '../../src/metrics/read-stats.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import { ReadingWorker } from '../../src/queue-manager/reading-worker.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import { sourceKey } from '../../src/task-manager/artifact-keys.js';
import { claimReading } from '../../src/task-manager/sql/readings.sql.js';
import { textPage, writePdf } from '../../src/document/testing/make-pdf.js';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem, json, type Json } from '../support/problems.js';
import { pageResult } from '../support/queue-harness.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const UNKNOWN = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const never = new AbortController().signal;
const NOW = { prefer: 'wait=0' };

let api: ApiHarness;
let worker: ReadingWorker;
let lease: NodeLease;
let document: Buffer;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js', default_language: 'eng' });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
  const path = await writePdf(join(api.inbox, 'six.pdf'), async (pdf) => {
    for (let page = 1; page <= 6; page++) await textPage(pdf, 'The quick brown fox jumps over the lazy dog', { x: 10, y: 100 });
  });
  document = readFileSync(path);
  worker = api.app.get(ReadingWorker, { strict: false });
  lease = api.app.get(NodeLease, { strict: false });
  await lease.start(
    () => ({ pages: 0, jobs: 0, rss_mb: 0, attempt_seconds: 300 }),
    () => {},
  );
});
afterAll(async () => {
  await lease.stop();
  await api.close();
});
// So that the next claim is of the next test's own task.
afterEach(() => api.post('/api/ocr/tasks/actions', { action: 'cancel', filter: {} }));

const pagePath = (id: string, page: number) => `/api/ocr/tasks/${id}/pages/${page}`;
const read = (id: string, page: number, body: object = {}, headers: Record<string, string> = {}) =>
  api.post(`${pagePath(id, page)}/readings`, body, headers);
const accept = (id: string, page: number, readingId: string) =>
  api.fetch(`${pagePath(id, page)}/readings/${readingId}/accept`, { method: 'POST' });
const show = async (id: string) => json(await api.fetch(`/api/ocr/tasks/${id}`));
const eventsOf = async (id: string): Promise<Json[]> =>
  (await json(await api.fetch(`/api/ocr/tasks/${id}/events?limit=1000`))).events;

/** A task of six pages whose document is in the store; page 2 failed, pages 3 to 6 wait unless it is finished. */
async function runningTask(): Promise<string> {
  const body = { document_path: 'a.tif', priority: 'CRITICAL', options: { formats: ['txt'], pages: '1-2', mode: 'force' } };
  const { task_id: id } = await json(await api.post('/api/ocr/tasks', body));
  await api.store.put(sourceKey(id), document);
  await api.settlement.prepared(await api.claim(), { documentKey: sourceKey(id), pageCount: 6 });
  const chunk = await api.claim();
  await api.checkpoints.pageDone(chunk, pageResult(1), never);
  await api.checkpoints.pageFailed(chunk, 2, new OcrError('page_timeout'), 5, never);
  await api.settlement.chunkFinished(chunk);
  return id;
}

/** Works off the merge of the first task in the queue, as a node would. */
async function merge(): Promise<string> {
  const claim = await api.claim();
  expect(claim.kind).toBe('merge');
  await api.settlement.merged(claim, {});
  return claim.task.id;
}

async function finishedTask(): Promise<string> {
  const id = await runningTask();
  await merge();
  expect((await show(id)).status).toBe('completed_with_errors');
  return id;
}

/** A reading of a page, read by the worker. */
async function readingOf(id: string, page: number): Promise<Json> {
  const { reading } = await json(await read(id, page, {}, NOW));
  await worker.runOnce();
  return json(await api.fetch(`${pagePath(id, page)}/readings/${reading.reading_id}`));
}

describe('reading a page once more', () => {
  it('gives the new reading beside the present result, which stays', async () => {
    const id = await finishedTask();
    const early = await read(id, 1, { dpi: 150, language: 'eng+fra' }, NOW);
    const waiting = await json(early);
    expect([early.status, early.headers.get('location')]).toEqual([
      202,
      `${pagePath(id, 1)}/readings/${waiting.reading.reading_id}`,
    ]);
    expect(waiting).toMatchObject({
      reading: { page: 1, state: 'waiting', accepted_at: null, words: null },
      result: null,
      current: { state: 'done', text: 'page1' },
    });
    await worker.runOnce();
    const { reading, result, current } = await json(await api.fetch(early.headers.get('location')!));
    expect(reading).toMatchObject({
      state: 'done',
      options: { provider: 'tesseract_js', language: 'eng+fra', mode: 'force', dpi: 150 },
      source: 'recognised',
      error: null,
    });
    expect(result).toMatchObject({ page: 1, dpi: 150, engine: { language: 'eng+fra' } });
    expect(result.text).toContain('quick brown fox');
    expect(reading.words).toBe(9);
    expect(current.text).toBe('page1');
    expect((await json(await api.fetch(`${pagePath(id, 1)}/readings`))).readings).toEqual([reading]);
  });

  it('waits for the reading when a worker is there', async () => {
    const id = await finishedTask();
    const answer = read(id, 2, { provider: 'tesseract_js' });
    await vi.waitFor(async () => expect(await worker.runOnce()).toBe(1), 20_000);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({
      reading: { state: 'done' },
      result: { state: 'done', page: 2 },
      current: { state: 'failed', error: { code: 'page_timeout' } },
    });
  });

  it('says why it could not be read', async () => {
    const id = await finishedTask();
    await api.store.deletePrefix(sourceKey(id));
    const { reading, result } = await readingOf(id, 1);
    expect([reading.state, reading.error.code, result]).toEqual(['failed', 'storage_failed', null]);
    await expectProblem(await accept(id, 1, reading.reading_id), 500, 'storage_failed');
  });

  it('is taken over from a lost node, and given up when that happens too often', async () => {
    const id = await finishedTask();
    const { reading } = await json(await read(id, 1, {}, NOW));
    const loseIt = async () => {
      const node = randomUUID();
      await api.database.query(registerNode, [node, 'lost', 1, '[]', '0', 1, -1]);
      expect((await api.database.query(claimReading, [node, randomUUID()])).rowCount).toBe(1);
    };
    const state = async () => (await json(await api.fetch(`${pagePath(id, 1)}/readings/${reading.reading_id}`))).reading;
    await loseIt();
    await worker.runOnce();
    expect(await state()).toMatchObject({ state: 'done' });

    const second = await json(await read(id, 1, {}, NOW));
    await api.database.query('UPDATE ocr_readings SET stalls = 3 WHERE id = $1', [second.reading.reading_id]);
    await loseIt();
    await worker.runOnce();
    const given = await json(await api.fetch(`${pagePath(id, 1)}/readings/${second.reading.reading_id}`));
    expect(given.reading).toMatchObject({ state: 'failed', error: { code: 'job_stalled' } });
  });

  it.each<[string, object, number, string, string]>([
    ['an unknown provider', { provider: 'magic' }, 422, 'provider_not_available', 'provider'],
    ['a language that is not installed', { language: 'tlh' }, 422, 'language_not_available', 'language'],
    ['an unknown mode', { mode: 'fast' }, 422, 'invalid_request', 'mode'],
    ['a tiny resolution', { dpi: 20 }, 422, 'invalid_request', 'dpi'],
    ['another field', { pages: '1' }, 422, 'invalid_request', 'pages'],
  ])('refuses %s', async (_what, body, status, code, field) => {
    const id = await finishedTask();
    const problem = await expectProblem(await read(id, 1, body, NOW), status, code);
    expect(problem.errors[0].field).toBe(field);
  });

  it('knows no page that is not finished, and no reading nobody asked for', async () => {
    const id = await runningTask();
    for (const page of [3, 7]) await expectProblem(await read(id, page), 404, 'page_not_found');
    await expectProblem(await api.fetch(`${pagePath(id, 3)}/readings`), 404, 'page_not_found');
    await expectProblem(await read(UNKNOWN, 1), 404, 'task_not_found');
    for (const reading of [UNKNOWN, 'nonsense']) {
      await expectProblem(await api.fetch(`${pagePath(id, 1)}/readings/${reading}`), 404, 'reading_not_found');
      await expectProblem(await accept(id, 1, reading), 404, 'reading_not_found');
    }
  });

  it('does not take more than people can look at', async () => {
    const id = await finishedTask();
    await api.database.query(
      `INSERT INTO ocr_readings (id, task_id, page, options) SELECT gen_random_uuid(), $1, 1, '{}' FROM generate_series(1, 100)`,
      [id],
    );
    await expectProblem(await read(id, 1, {}, NOW), 429, 'queue_full');
    await api.database.query('DELETE FROM ocr_readings');
  });
});

describe('accepting a reading', () => {
  it('makes a failed page a done one, and merges the results anew', async () => {
    const id = await finishedTask();
    const { reading, result } = await readingOf(id, 2);
    const accepted = await json(await accept(id, 2, reading.reading_id));
    expect(accepted).toMatchObject({
      reading: { accepted_at: expect.any(String) },
      current: { state: 'done', text: result.text },
    });
    expect(await show(id)).toMatchObject({
      status: 'queued',
      run: 1,
      pages: { total: 2, done: 2, failed: 0 },
      failed_pages: [],
      finished_at: null,
    });
    const event = (await eventsOf(id)).at(-1)!;
    expect(event).toMatchObject({
      type: 'page.replaced',
      data: { status: 'queued', from: 'completed_with_errors', page: 2, reading_id: reading.reading_id, was: 'failed' },
    });
    expect(await merge()).toBe(id);
    expect((await show(id)).status).toBe('completed');

    // Once more changes nothing.
    expect((await accept(id, 2, reading.reading_id)).status).toBe(200);
    expect((await show(id)).status).toBe('completed');
    expect((await eventsOf(id)).filter((each) => each.type === 'page.replaced')).toHaveLength(1);
  });

  it('replaces good pages of completed tasks as well, and can be taken back by another reading', async () => {
    const id = await finishedTask();
    await accept(id, 2, (await readingOf(id, 2)).reading.reading_id);
    await merge();
    const [first, second] = [await readingOf(id, 1), await readingOf(id, 1)];
    for (const each of [first, second, first]) expect((await accept(id, 1, each.reading.reading_id)).status).toBe(200);
    expect(await show(id)).toMatchObject({ status: 'queued', pages: { done: 2, failed: 0 } });
    expect((await json(await api.fetch(pagePath(id, 1)))).text).toBe(first.result.text);
    await merge();
    expect((await show(id)).status).toBe('completed');
  });

  it('is no run of the task: the merge has its own start, and counts for nothing', async () => {
    const counted = async () => {
      const columns = ['tasks_completed', 'tasks_completed_with_errors', 'tasks_cancelled', 'task_ms', 'wait_ms'];
      const sums = columns.map((column) => `coalesce(sum(${column}), 0)::int AS ${column}`);
      return (await api.database.query(`SELECT ${sums.join()} FROM ocr_stats_minutes`)).rows[0];
    };
    const id = await finishedTask();
    const before = await counted();
    const ago = (column: string) => `${column} = ${column} - interval '20 hours'`;
    await api.database.query(
      `UPDATE ocr_tasks SET ${['started_at', 'finished_at', 'created_at'].map(ago).join()} WHERE id = $1`,
      [id],
    );
    await accept(id, 2, (await readingOf(id, 2)).reading.reading_id);
    expect(await show(id)).toMatchObject({ status: 'queued', run: 1, started_at: null });
    const { queue } = await readStats(api.database, 3);
    expect(queue.by_priority.CRITICAL.oldest_wait_seconds).toBeLessThan(60);
    await merge();
    const task = await show(id);
    expect(task).toMatchObject({ status: 'completed', run: 1 });
    expect(Date.parse(task.finished_at) - Date.parse(task.started_at)).toBeLessThan(60_000);
    expect(await counted()).toEqual(before);

    // Nor does one that is given up.
    await accept(id, 1, (await readingOf(id, 1)).reading.reading_id);
    await api.fetch(`/api/ocr/tasks/${id}/cancel`, { method: 'POST' });
    expect((await show(id)).status).toBe('cancelled');
    expect(await counted()).toEqual(before);
  });

  it('lets no retry in until the results are merged, and says so', async () => {
    const id = await runningTask();
    await merge();
    const retry = (body: object = {}) => api.post(`/api/ocr/tasks/${id}/retry`, body);
    // Page 2 fails once more: the task is in its second run.
    expect((await retry()).status).toBe(200);
    const again = await api.claim();
    await api.checkpoints.pageFailed(again, 2, new OcrError('page_timeout'), 5, never);
    await api.settlement.chunkFinished(again);
    await merge();

    await accept(id, 1, (await readingOf(id, 1)).reading.reading_id);
    const refused = async () => {
      for (const body of [{}, { options: { dpi: 400 } }]) {
        const { detail } = await expectProblem(await retry(body), 409, 'invalid_transition');
        expect(detail).toContain('merged anew');
      }
    };
    expect(await show(id)).toMatchObject({ status: 'queued', run: 2 });
    await refused();
    const claim = await api.claim();
    expect(await show(id)).toMatchObject({ status: 'running', run: 2 });
    await refused();
    await api.settlement.merged(claim, {});
    expect(await show(id)).toMatchObject({ status: 'completed_with_errors', run: 2 });

    expect((await retry()).status).toBe(200);
    expect((await retry()).status).toBe(200);
    expect(await show(id)).toMatchObject({ status: 'queued', run: 3, pages: { done: 1, failed: 0 } });
  });

  it('keeps what the page was first, and gives it back', async () => {
    const id = await finishedTask();
    const readingsOf = async (page: number): Promise<Json[]> =>
      (await json(await api.fetch(`${pagePath(id, page)}/readings`))).readings;
    const { reading, result } = await readingOf(id, 1);
    expect((await readingsOf(1)).map((each) => each.original)).toEqual([false]);
    await accept(id, 1, reading.reading_id);
    await merge();
    const [original, later] = await readingsOf(1);
    expect(original).toMatchObject({ original: true, state: 'done', accepted_at: null, options: { language: 'eng', dpi: 0 } });
    expect(later!.reading_id).toBe(reading.reading_id);
    const shown = await json(await api.fetch(`${pagePath(id, 1)}/readings/${original!.reading_id}`));
    expect([shown.result.text, shown.current.text]).toEqual(['page1', result.text]);
    expect(await api.checkpoints.hasReplacedPages(id)).toBe(true);

    expect((await accept(id, 1, original!.reading_id)).status).toBe(200);
    expect((await show(id)).status).toBe('queued');
    expect((await json(await api.fetch(pagePath(id, 1)))).text).toBe('page1');
    expect(await api.checkpoints.hasReplacedPages(id)).toBe(false);
    await merge();
    // There and back again: still one original, and nothing is lost.
    await accept(id, 1, reading.reading_id);
    await accept(id, 1, original!.reading_id);
    expect((await readingsOf(1)).map((each) => each.original)).toEqual([true, false]);
    expect((await json(await api.fetch(pagePath(id, 1)))).text).toBe('page1');
    await merge();
  });

  it('gives back a failure, too', async () => {
    const id = await finishedTask();
    const { reading } = await readingOf(id, 2);
    await accept(id, 2, reading.reading_id);
    await merge();
    const { readings } = await json(await api.fetch(`${pagePath(id, 2)}/readings`));
    expect(readings[0]).toMatchObject({ original: true, state: 'failed', error: { code: 'page_timeout' } });
    const undone = await accept(id, 2, readings[0].reading_id);
    expect(undone.status).toBe(200);
    expect(await json(undone)).toMatchObject({ result: null, current: { state: 'failed', error: { code: 'page_timeout' } } });
    expect(await show(id)).toMatchObject({ status: 'queued', pages: { total: 2, done: 1, failed: 1 } });
    await merge();
    expect(await show(id)).toMatchObject({ status: 'completed_with_errors', failed_pages: [{ page: 2, code: 'page_timeout' }] });
    // Once more changes nothing.
    expect((await accept(id, 2, readings[0].reading_id)).status).toBe(200);
    expect((await show(id)).status).toBe('completed_with_errors');
  });

  it('begins a merge under way again', async () => {
    const id = await runningTask();
    const { reading } = await readingOf(id, 2);
    const stale = await api.claim();
    expect([stale.kind, stale.task.id]).toEqual(['merge', id]);
    expect((await accept(id, 2, reading.reading_id)).status).toBe(200);
    expect((await show(id)).status).toBe('running');
    await expect(api.settlement.merged(stale, {})).rejects.toThrow('no longer stands');
    expect(await merge()).toBe(id);
    expect((await show(id)).status).toBe('completed');
  });

  it('leaves a cancelled task as it is', async () => {
    const id = await runningTask();
    const { reading } = await readingOf(id, 2);
    await api.fetch(`/api/ocr/tasks/${id}/cancel`, { method: 'POST' });
    expect((await accept(id, 2, reading.reading_id)).status).toBe(200);
    expect(await show(id)).toMatchObject({ status: 'cancelled', pages: { done: 2, failed: 0 } });
  });

  it('refuses a reading that is not done', async () => {
    const id = await finishedTask();
    const { reading } = await json(await read(id, 1, {}, NOW));
    await expectProblem(await accept(id, 1, reading.reading_id), 409, 'invalid_transition');
    await worker.runOnce();
  });

  it('refuses when the results could not be made any more', async () => {
    const id = await finishedTask();
    const { reading } = await readingOf(id, 1);
    await api.store.put(sourceKey(id), readFileSync(new URL('../documents/password.pdf', import.meta.url)));
    await expectProblem(await accept(id, 1, reading.reading_id), 422, 'password_required');
    expect((await show(id)).status).toBe('completed_with_errors');
  });
});

describe('a worker that stops', () => {
  it('gives the reading under way back', async () => {
    const id = await finishedTask();
    const { reading } = await json(await read(id, 1, { dpi: 1200 }, NOW));
    const state = async () => (await json(await api.fetch(`${pagePath(id, 1)}/readings/${reading.reading_id}`))).reading.state;
    const run = worker.runOnce();
    await vi.waitFor(async () => expect(await state()).toBe('running'), 20_000);
    worker.stopReading();
    await run;
    expect(await state()).toBe('waiting');
  });
});
