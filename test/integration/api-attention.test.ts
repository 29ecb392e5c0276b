import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AttentionDto, AttentionItemDto } from '../../src/api/attention/attention.dto.js';
import type { Settings } from '../../src/config/settings.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import { registerNode, removeLostNodes, renewLease } from '../../src/queue-manager/sql/nodes.sql.js';
import { ATTENTION_KINDS, STALL_CAUSES } from '../../src/task-manager/attention.js';
import { Circuits } from '../../src/task-manager/circuits.js';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem } from '../support/problems.js';
import { pageResult } from '../support/queue-harness.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const never = new AbortController().signal;

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js' });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
});
afterAll(() => api.close());
afterEach(() => api.database.query('TRUNCATE ocr_tasks, ocr_events, ocr_circuits CASCADE'));

const submit = async (body: object = {}): Promise<string> =>
  ((await (await api.post('/api/ocr/tasks', { document_path: 'a.tif', ...body })).json()) as { task_id: string }).task_id;
const attention = async (query = '') => (await (await api.fetch(`/api/ocr/attention${query}`)).json()) as AttentionDto;
const sql = (text: string, ...values: unknown[]) => api.database.query(text, values);
const idsOf = (list: AttentionDto) => list.items.map(({ task }) => task.task_id);

/** Reads a document whose pages come out with these confidences; null: the page fails. */
async function read(confidences: (number | null)[], body: object = {}): Promise<string> {
  const taskId = await submit(body);
  await api.settlement.prepared(await api.claim(), { documentKey: 'key', pageCount: confidences.length });
  const chunk = await api.claim();
  for (const [index, confidence] of confidences.entries()) {
    const page = index + 1;
    if (confidence === null) await api.checkpoints.pageFailed(chunk, page, new OcrError('page_timeout'), 5, never);
    else await api.checkpoints.pageDone(chunk, { ...pageResult(page), confidence }, never);
  }
  await api.settlement.chunkFinished(chunk);
  await api.settlement.merged(await api.claim(), {});
  return taskId;
}

async function fail(body: object = {}): Promise<string> {
  const taskId = await submit(body);
  await api.settlement.failed(await api.claim(), new OcrError('damaged_document'));
  return taskId;
}

describe('what ended badly', () => {
  it('is nothing while all is well', async () => {
    await read([90, 80]);
    const counts = { stalled: 0, failed: 0, gaps: 0, low_confidence: 0 };
    expect(await attention()).toEqual({ counts, items: [] });
  });

  it('are failed tasks, gaps and doubtful readings, each with what is known, the latest first', async () => {
    const options = { chunk_size: 10 };
    const doubtful = await read([95, 40, 95, 30], { options });
    const gaps = await read([95, null], { options });
    const poor = await read([65, 68], { options });
    const older = await fail();
    const failed = await fail();
    const { counts, items } = await attention();
    expect(counts).toEqual({ stalled: 0, failed: 2, gaps: 1, low_confidence: 2 });
    expect(items.map(({ kind, task }) => [kind, task.task_id])).toEqual([
      ['failed', failed],
      ['failed', older],
      ['gaps', gaps],
      ['low_confidence', poor],
      ['low_confidence', doubtful],
    ]);
    const nothing = { cause: null, until: null, error: null, provider: null, losses: null };
    expect(items[0]).toMatchObject({ ...nothing, confidence: null, task: { error: { code: 'damaged_document' } } });
    expect(items[3]).toMatchObject({ ...nothing, confidence: 66.5, doubtful_pages: 2, worst_page: 1 });
    expect(items[4]).toMatchObject({ confidence: 65, doubtful_pages: 2, worst_page: 4 });
  });

  it('does not count pages that were not recognised, nor a doubtful page among many', async () => {
    await read([95, 95, 95, 95, 60]);
    const taskId = await submit();
    await api.settlement.prepared(await api.claim(), { documentKey: 'key', pageCount: 1 });
    const chunk = await api.claim();
    await api.checkpoints.pageDone(chunk, { ...pageResult(1), source: 'kept', confidence: 10 }, never);
    await api.settlement.chunkFinished(chunk);
    await api.settlement.merged(await api.claim(), {});
    expect((await attention()).counts.low_confidence).toBe(0);
    const { rows } = await sql('SELECT confidence, low_confidence FROM ocr_tasks WHERE id = $1', taskId);
    expect(rows).toEqual([{ confidence: null, low_confidence: false }]);
  });

  it('is judged anew when a task is merged again', async () => {
    const taskId = await read([20]);
    expect((await attention()).counts.low_confidence).toBe(1);
    await sql('UPDATE ocr_pages SET confidence = 95 WHERE task_id = $1', taskId);
    await sql(`UPDATE ocr_tasks SET status = 'queued', finished_at = NULL WHERE id = $1`, taskId);
    await sql(`UPDATE ocr_jobs SET state = 'waiting' WHERE task_id = $1 AND kind = 'merge'`, taskId);
    expect((await attention()).counts.low_confidence).toBe(0);
    await api.settlement.merged(await api.claim(), {});
    expect((await attention()).counts.low_confidence).toBe(0);
  });

  it('is shown to a limit, counted in full, and narrowed to a tenant', async () => {
    for (const tenant of ['left', 'left', 'right']) await fail({ tenant });
    const right = await read([10], { tenant: 'right' });
    const list = await attention('?limit=1');
    expect([list.items.length, list.counts.failed]).toEqual([2, 3]);
    const { counts, items } = await attention('?tenant=right');
    expect(counts).toEqual({ stalled: 0, failed: 1, gaps: 0, low_confidence: 1 });
    expect(items.at(-1)!.task.task_id).toBe(right);
    expect(items.every(({ task }) => task.tenant === 'right')).toBe(true);
    expect((await attention('?tenant=nobody')).items).toEqual([]);
    await expectProblem(await api.fetch('/api/ocr/attention?limit=0'), 422, 'invalid_request');
    await expectProblem(await api.fetch('/api/ocr/attention?what=1'), 422, 'invalid_request');
  });
});

describe('a stalled task', () => {
  let worker: string;
  beforeAll(async () => {
    worker = randomUUID();
    await sql('DELETE FROM ocr_nodes');
    await api.database.query(registerNode, [worker, 'reader', 1, '["worker"]', '0', 1, 600]);
  });

  const stalled = async (): Promise<AttentionItemDto[]> => (await attention()).items.filter(({ kind }) => kind === 'stalled');
  const only = async (cause: string): Promise<AttentionItemDto> => {
    const found = await stalled();
    expect(found.map((item) => item.cause)).toEqual([cause]);
    return found[0]!;
  };
  /** A task on a node, with one page of three read. */
  const running = async () => {
    const taskId = await submit();
    await api.settlement.prepared(await api.claim(), { documentKey: 'key', pageCount: 3 });
    const chunk = await api.claim();
    await api.checkpoints.pageDone(chunk, pageResult(1), never);
    return { taskId, chunk };
  };

  it('is none that just waits or is worked on', async () => {
    await running();
    const waiting = await submit();
    await sql(`UPDATE ocr_tasks SET enqueued_at = now() - interval '1 day' WHERE id = $1`, waiting);
    expect(await stalled()).toEqual([]);
  });

  it('waits for a provider that is down', async () => {
    const taskId = await submit();
    const circuits = api.app.get(Circuits);
    for (let n = 0; n < 5; n++) circuits.failed('tesseract_js', new OcrError('engine_unavailable'));
    await circuits.settled();
    const item = await only('provider_down');
    expect(item).toMatchObject({ provider: 'tesseract_js', error: { code: 'engine_unavailable' }, task: { task_id: taskId } });
    expect(Date.parse(item.until!)).toBeGreaterThan(Date.now());
  });

  it('was lost with its node', async () => {
    const { taskId, chunk } = await running();
    await api.settlement.rescued(chunk, 0);
    expect(await only('lost')).toMatchObject({ losses: 1, task: { task_id: taskId } });
    const again = await api.claim();
    expect((await only('lost')).losses).toBe(1);
    for (const page of [2, 3]) await api.checkpoints.pageDone(again, pageResult(page), never);
    await api.settlement.chunkFinished(again);
    expect(await stalled()).toEqual([]);
  });

  it('is on a node, but nothing has happened for long', async () => {
    const { taskId } = await running();
    const age = `created_at = created_at - interval '6 minutes'`;
    await sql(`UPDATE ocr_events SET ${age} WHERE task_id = $1`, taskId);
    expect(await stalled()).toEqual([]); // a page was read just now
    await sql(`UPDATE ocr_pages SET ${age} WHERE task_id = $1`, taskId);
    const { since } = await only('no_progress');
    expect(Date.now() - Date.parse(since)).toBeGreaterThan(5 * 60_000);
  });

  it('is none while its job may take as long: for a merge or a batch the node gives an attempt more than five minutes', async () => {
    const { taskId, chunk } = await running();
    for (const table of ['ocr_events', 'ocr_pages'])
      await sql(`UPDATE ${table} SET created_at = now() - interval '20 minutes' WHERE task_id = $1`, taskId);
    const begun = (minutes: number) =>
      sql('UPDATE ocr_jobs SET started_at = now() - make_interval(mins => $2) WHERE id = $1', chunk.jobId, minutes);
    const tell = (attempt_seconds: number, lease: number) =>
      api.database.query(renewLease, [chunk.nodeId, { pages: 1, jobs: 1, rss_mb: 1, attempt_seconds }, lease]);
    await api.database.query(registerNode, [chunk.nodeId, 'reader', 1, '["worker"]', '0', 1, 600]);

    await begun(19);
    await only('no_progress'); // its node has not told yet that it gives more
    await tell(1800, 600);
    expect(await stalled()).toEqual([]);
    await begun(31);
    await only('no_progress');
    await begun(4);
    await tell(60, 600);
    expect(await stalled()).toEqual([]); // never after less than five minutes
    await begun(19);
    await tell(1800, -1);
    await only('no_progress'); // its node is lost
    await sql('DELETE FROM ocr_nodes WHERE id = $1', chunk.nodeId);
  });

  it('waits long for its next attempt; resumed by hand, it is tried at once', async () => {
    const { taskId, chunk } = await running();
    const error = new OcrError('engine_unavailable', { retryAfter: 120 });
    expect(await api.settlement.failed(chunk, error)).toBe('retrying');
    const item = await only('backing_off');
    expect(item.error).toMatchObject({ code: 'engine_unavailable' });
    expect(Date.parse(item.until!)).toBeGreaterThan(Date.now() + 60_000);
    // Being held meanwhile and let go again is not its beginning.
    await sql(`UPDATE ocr_events SET created_at = created_at - interval '1 minute' WHERE task_id = $1`, taskId);
    const circuits = api.app.get(Circuits);
    for (let n = 0; n < 5; n++) circuits.failed('tesseract_js', new OcrError('engine_unavailable'));
    await circuits.settled();
    await only('provider_down');
    circuits.succeeded('tesseract_js');
    await circuits.settled();
    expect(Date.parse((await only('backing_off')).since)).toBeLessThan(Date.now() - 50_000);
    await expect(api.claim()).rejects.toThrow('nothing to claim');
    for (const action of ['pause', 'resume']) await api.post(`/api/ocr/tasks/${taskId}/${action}`, {});
    expect(await stalled()).toEqual([]);
    expect((await api.claim()).jobId).toBe(chunk.jobId);
  });

  it('was paused and forgotten', async () => {
    const taskId = await submit();
    await api.post(`/api/ocr/tasks/${taskId}/pause`, {});
    expect(await stalled()).toEqual([]);
    await sql(`UPDATE ocr_tasks SET updated_at = now() - interval '2 hours' WHERE id = $1`, taskId);
    expect((await only('paused')).task.task_id).toBe(taskId);
  });

  it('waits while no node reads pages, the longest first', async () => {
    await sql(`UPDATE ocr_nodes SET lease_until = now() - interval '1 hour' WHERE id = $1`, worker);
    const tasks = [await submit(), await submit(), await submit()];
    for (const [index, taskId] of tasks.slice(0, 2).entries()) {
      await sql('UPDATE ocr_tasks SET enqueued_at = now() - make_interval(mins => $2) WHERE id = $1', taskId, 5 + index);
    }
    const found = await attention();
    await sql(`UPDATE ocr_nodes SET lease_until = now() + interval '10 minutes' WHERE id = $1`, worker);
    expect(found.items.map(({ cause }) => cause)).toEqual(['no_worker', 'no_worker']);
    expect(idsOf(found)).toEqual([tasks[1], tasks[0]]);
  });

  describe('waits while no node reads pages', () => {
    /** A node that reads pages, which the test ends as it likes. */
    const startWorker = async () => {
      const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;
      const settings: Settings = { ...api.settings, roles: ['worker'] };
      const lease = new NodeLease(api.database, settings, logs, new HealthRegistry());
      await lease.start(
        () => ({ pages: 0, jobs: 0, rss_mb: 0, attempt_seconds: 300 }),
        () => {},
      );
      return lease;
    };
    const SEEN = `UPDATE ocr_settings SET value = to_jsonb(now() - make_interval(secs => $1)) WHERE name = 'worker_seen_at'`;
    let taskId: string;
    beforeEach(async () => {
      await sql('DELETE FROM ocr_nodes');
      await sql(`DELETE FROM ocr_settings WHERE name = 'worker_seen_at'`);
      taskId = await submit();
      await sql(`UPDATE ocr_tasks SET enqueued_at = now() - interval '1 day' WHERE id = $1`, taskId);
    });
    afterAll(() => api.database.query(registerNode, [worker, 'reader', 1, '["worker"]', '0', 1, 600]));
    const minutesSince = async () => (Date.now() - Date.parse((await only('no_worker')).since)) / 60_000;

    it('since it was handed in, where none ever has', async () => {
      expect(await minutesSince()).toBeCloseTo(24 * 60, 0);
    });

    it('for a minute at least: not while one is stopped and started again', async () => {
      const first = await startWorker();
      expect(await stalled()).toEqual([]);
      await first.stop();
      expect((await sql('SELECT FROM ocr_nodes')).rows).toEqual([]);
      expect(await stalled()).toEqual([]);
      await sql(SEEN, 59);
      expect(await stalled()).toEqual([]);
      await sql(SEEN, 120);
      expect(await minutesSince()).toBeCloseTo(2, 0);
      const second = await startWorker();
      expect(await stalled()).toEqual([]);
      await second.stop();
      expect(await stalled()).toEqual([]);
    });

    it('since the lease of the last one ran out, whether its row is cleared away or not', async () => {
      for (const [roles, ago] of [
        ['["worker"]', -600],
        ['["worker", "api"]', -300],
        ['["api", "scheduler"]', 600],
      ] as const) {
        await api.database.query(registerNode, [randomUUID(), 'reader', 1, roles, '0', 1, ago]);
      }
      expect(await minutesSince()).toBeCloseTo(5, 0);
      await api.database.query(removeLostNodes);
      expect((await sql('SELECT FROM ocr_nodes')).rows).toHaveLength(1);
      expect(await minutesSince()).toBeCloseTo(5, 0);
      // One that was away for longer changes nothing of it.
      await api.database.query(registerNode, [randomUUID(), 'reader', 1, '["worker"]', '0', 1, -900]);
      await api.database.query(removeLostNodes);
      expect(await minutesSince()).toBeCloseTo(5, 0);
    });

    it('since it was handed in, where the last one had gone before', async () => {
      await sql(`INSERT INTO ocr_settings (name, value) VALUES ('worker_seen_at', to_jsonb(now() - interval '1 hour'))`);
      await sql(`UPDATE ocr_tasks SET enqueued_at = now() - interval '10 minutes' WHERE id = $1`, taskId);
      expect(await minutesSince()).toBeCloseTo(10, 0);
      await sql(`UPDATE ocr_tasks SET enqueued_at = now() - interval '50 seconds' WHERE id = $1`, taskId);
      expect(await stalled()).toEqual([]);
    });
  });
});

it('is described as it answers', async () => {
  const description = (await (await api.fetch('/api/openapi.json')).json()) as {
    paths: Record<string, unknown>;
    components: { schemas: Record<string, { enum?: string[] }> };
  };
  expect(description.paths).toHaveProperty('/api/ocr/attention');
  expect(description.components.schemas.AttentionKind?.enum).toEqual([...ATTENTION_KINDS]);
  expect(description.components.schemas.StallCause?.enum).toEqual([...STALL_CAUSES]);
});
