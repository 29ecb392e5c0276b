import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem, json, type Json } from '../support/problems.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const UNKNOWN = '/api/ocr/tasks/019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js' });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
});
afterAll(() => api.close());

const newTask = async (body: object = {}): Promise<string> =>
  (await json(await api.post('/api/ocr/tasks', { document_path: 'a.tif', ...body }))).task_id;
const show = async (id: string) => json(await api.fetch(`/api/ocr/tasks/${id}`));
const patch = (path: string, body?: unknown) =>
  api.fetch(path, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

describe('PATCH /api/ocr/tasks/{task_id}', () => {
  it('changes the priority, and with it the place in the queue', async () => {
    const [first, second] = [await newTask(), await newTask()];
    const changed = await patch(`/api/ocr/tasks/${second}`, { priority: 'critical' });
    expect([changed.status, (await json(changed)).priority]).toEqual([200, 'CRITICAL']);
    expect((await patch(`/api/ocr/tasks/${second}`, { priority: 'CRITICAL' })).status).toBe(200);
    expect((await api.claim()).task.id).toBe(second);
    const { events } = await json(await api.fetch(`/api/ocr/tasks/${second}/events`));
    expect(events.filter((event: Json) => event.type === 'task.priority_changed')).toHaveLength(1);
    expect((await api.claim()).task.id).toBe(first);
  });

  it.each<[string, unknown, Json]>([
    ['an unknown priority', { priority: 'URGENT' }, { field: 'priority', allowed: ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] }],
    ['a priority that is no text', { priority: 1 }, { field: 'priority' }],
    ['nothing', {}, { field: 'priority' }],
    ['no body', undefined, { field: 'priority' }],
    ['a list', [{ priority: 'LOW' }], { field: '', message: 'must be a JSON object' }],
    ['null', null, { field: '', message: 'must be a JSON object' }],
    ['a number', 5, { field: '', message: 'must be a JSON object' }],
    ['another field', { priority: 'LOW', name: 'x' }, { field: 'name', message: 'is not known' }],
  ])('refuses %s', async (_what, body, error) => {
    const id = await newTask();
    const problem = await expectProblem(await patch(`/api/ocr/tasks/${id}`, body), 422, 'invalid_request');
    expect(problem.errors).toContainEqual(expect.objectContaining(error));
    expect((await show(id)).priority).toBe('NORMAL');
  });

  it('refuses a finished task, and knows no unknown one', async () => {
    const id = await newTask();
    await api.fetch(`/api/ocr/tasks/${id}/cancel`, { method: 'POST' });
    await expectProblem(await patch(`/api/ocr/tasks/${id}`, { priority: 'HIGH' }), 409, 'invalid_transition');
    await expectProblem(await patch(UNKNOWN, { priority: 'HIGH' }), 404, 'task_not_found');
  });
});

describe('POST /api/ocr/tasks/{task_id}/retry', () => {
  const retry = (id: string, body: unknown) => api.post(`/api/ocr/tasks/${id}/retry`, body);
  const failedTask = async (): Promise<string> => {
    const id = await newTask({ priority: 'CRITICAL', options: { dpi: 200 } });
    await api.settlement.failed(await api.claim(), new OcrError('password_required'));
    return id;
  };

  it('takes other options, and a new password that is never shown', async () => {
    const id = await failedTask();
    const options = { language: 'eng+fra', mode: 'force', formats: ['txt'], password: 'geheim' };
    const text = await (await retry(id, { options })).text();
    expect(text).not.toContain('geheim');
    expect(JSON.parse(text)).toMatchObject({
      status: 'queued',
      run: 2,
      options: { ocr_provider: 'tesseract_js', language: 'eng+fra', mode: 'force', formats: ['txt'], dpi: 200, chunk_size: 5 },
    });
    expect((await api.claim()).task).toMatchObject({ id, password: 'geheim', options: { language: 'eng+fra' } });
  });

  it('keeps the password when no new one is given', async () => {
    const id = await newTask({ priority: 'CRITICAL', options: { password: 'geheim' } });
    await api.settlement.failed(await api.claim(), new OcrError('damaged_document'));
    expect((await retry(id, {})).status).toBe(200);
    expect((await api.claim()).task).toMatchObject({ id, password: 'geheim' });
  });

  it('changes nothing when an option is wrong', async () => {
    const id = await failedTask();
    const language = await expectProblem(await retry(id, { options: { language: 'tlh' } }), 422, 'language_not_available');
    expect(language.errors[0].field).toBe('options.language');
    await expectProblem(await retry(id, { options: { output_path: '/etc/' } }), 403, 'output_not_allowed');
    await expectProblem(await retry(id, { options: { ocr_provider: 'magic' } }), 422, 'provider_not_available');
    const chunk = await expectProblem(await retry(id, { options: { chunk_size: 2 } }), 422, 'invalid_request');
    expect(chunk.errors[0].field).toBe('options.chunk_size');
    await expectProblem(await retry(UNKNOWN.split('/').at(-1)!, { options: { dpi: 300 } }), 404, 'task_not_found');
    expect((await show(id)).status).toBe('failed');
  });
});

const NO_TASK = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';

describe('tenants, providers and languages', () => {
  const names = async (query: string) => {
    const { tasks } = await json(await api.fetch(`/api/ocr/tasks?${query}`));
    return tasks.map((task: Json) => task.task_id);
  };

  it('can be found by', async () => {
    const anna = await newTask({ tenant: 'anna' });
    const bert = await newTask({ tenant: 'bert', options: { language: 'fra', ocr_provider: 'tesseract' } });
    expect(await show(anna)).toMatchObject({ tenant: 'anna', batch_id: null, held: false });
    expect(await show(await newTask())).toMatchObject({ tenant: null });
    expect(await names('tenant=anna')).toEqual([anna]);
    expect(await names('tenant=bert&language=fra')).toEqual([bert]);
    expect(await names('tenant=bert&language=eng')).toEqual([]);
    expect(await names('provider=tesseract')).toEqual([bert]);
    expect(await names(`ids=${anna.toUpperCase()},${bert}&ids=${NO_TASK}`)).toEqual([bert, anna]);
    expect(await names(`ids=${anna},${bert}&tenant=anna`)).toEqual([anna]);
    expect(await names(`batch_id=${NO_TASK}`)).toEqual([]);
  });

  it('are refused when they cannot be any', async () => {
    const long = await expectProblem(
      await api.post('/api/ocr/tasks', { document_path: 'a.tif', tenant: 'x'.repeat(101) }),
      422,
      'invalid_request',
    );
    expect(long.errors[0].field).toBe('tenant');
    for (const [query, field] of [
      ['batch_id=7', 'batch_id'],
      ['ids=7', 'ids.0'],
      [`ids=${Array.from({ length: 201 }, () => NO_TASK).join(',')}`, 'ids'],
      ['tenant=', 'tenant'],
      ['provider=%00', 'provider'],
    ]) {
      const problem = await expectProblem(await api.fetch(`/api/ocr/tasks?${query}`), 422, 'invalid_request');
      expect(problem.errors[0].field).toBe(field);
    }
  });

  it('says so when a task waits for a provider that is down', async () => {
    const down = `INSERT INTO ocr_circuits (provider, failures, open_until) VALUES ('tesseract_js', 5, now() + interval '1 hour')`;
    await api.database.query(down);
    try {
      const id = await newTask();
      expect(await show(id)).toMatchObject({ status: 'queued', held: true });
      const cancelled = await api.fetch(`/api/ocr/tasks/${id}/cancel`, { method: 'POST' });
      expect(await json(cancelled)).toMatchObject({ status: 'cancelled', held: false });
    } finally {
      await api.database.query('DELETE FROM ocr_circuits');
    }
  });
});

describe('POST /api/ocr/tasks/actions', () => {
  const act = (body: unknown) => api.post('/api/ocr/tasks/actions', body);
  const statuses = async (ids: string[]) => Promise.all(ids.map(async (id) => (await show(id)).status));

  it('does one thing to every task of a filter', async () => {
    const ids = [await newTask({ tenant: 'many' }), await newTask({ tenant: 'many' }), await newTask({ tenant: 'few' })];
    const filter = { tenant: 'many' };
    const counted = await act({ action: 'pause', filter, dry_run: true });
    expect([counted.status, await json(counted)]).toMatchObject([200, { matched: 2, changed: 0, errors: [] }]);
    expect(await statuses(ids)).toEqual(['queued', 'queued', 'queued']);
    expect(await json(await act({ action: 'pause', filter }))).toMatchObject({ matched: 2, changed: 2, errors: [] });
    expect(await statuses(ids)).toEqual(['paused', 'paused', 'queued']);
    expect(await json(await act({ action: 'pause', filter }))).toMatchObject({ matched: 0 });
    expect(await json(await act({ action: 'set_priority', priority: 'low', filter }))).toMatchObject({ changed: 2 });
    expect((await show(ids[0]!)).priority).toBe('LOW');
    const chosen = { ids: ids.map((id) => id.toUpperCase()), status: ['paused'] };
    expect(await json(await act({ action: 'resume', filter: chosen }))).toMatchObject({ changed: 2 });
    expect(await json(await act({ action: 'cancel', filter: { ids } }))).toMatchObject({ changed: 3 });
    expect(await json(await act({ action: 'delete', filter: { ids } }))).toMatchObject({ changed: 3 });
    await expectProblem(await api.fetch(`/api/ocr/tasks/${ids[0]}`), 404, 'task_not_found');
  });

  it('retries with other options and another password', async () => {
    const id = await newTask({ priority: 'CRITICAL', metadata: { retry: 'bulk' } });
    await api.settlement.failed(await api.claim(), new OcrError('password_required'));
    const body = { action: 'retry', options: { language: 'fra', password: 'geheim' }, filter: { metadata: { retry: 'bulk' } } };
    expect(await json(await act(body))).toMatchObject({ matched: 1, changed: 1, errors: [] });
    expect((await api.claim()).task).toMatchObject({ id, password: 'geheim', options: { language: 'fra' } });
  });

  it('answers within a minute, before its silent connection is cut, and tells where to go on', async () => {
    const ids = [await newTask({ tenant: 'slow' }), await newTask({ tenant: 'slow' })];
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    const minute = vi.spyOn(AbortSignal, 'timeout');
    minute.mockImplementation((ms) => (ms === 60_000 ? AbortSignal.abort() : timeout(ms)));
    const first = await json(await act({ action: 'cancel', filter: { tenant: 'slow' } }));
    minute.mockRestore();
    expect(first).toMatchObject({ matched: 1, changed: 1, next_after: ids[0] });
    const rest = await json(await act({ action: 'cancel', filter: { tenant: 'slow', after: ids[0] } }));
    expect(rest).toMatchObject({ matched: 1, changed: 1, next_after: null });
  });

  it('does not act on more tasks than allowed', async () => {
    const ids = [await newTask({ tenant: 'bound' }), await newTask({ tenant: 'bound' })];
    const problem = await expectProblem(
      await act({ action: 'cancel', filter: { tenant: 'bound' }, max: 1 }),
      422,
      'invalid_request',
    );
    expect(problem.errors[0]).toMatchObject({ field: 'max', message: expect.stringContaining('2 tasks match') });
    expect(await statuses(ids)).toEqual(['queued', 'queued']);
  });

  it.each<[string, unknown, string]>([
    ['no filter', { action: 'pause' }, 'filter'],
    ['an unknown action', { action: 'explode', filter: {} }, 'action'],
    ['an unknown filter', { action: 'pause', filter: { colour: 'red' } }, 'filter.colour'],
    ['ids that are none', { action: 'pause', filter: { ids: ['7'] } }, 'filter.ids.0'],
    ['set_priority without one', { action: 'set_priority', filter: {} }, 'priority'],
    ['a priority for a pause', { action: 'pause', priority: 'LOW', filter: {} }, 'priority'],
    ['options for a pause', { action: 'pause', options: { dpi: 300 }, filter: {} }, 'options'],
    ['too high a maximum', { action: 'pause', filter: {}, max: 10_001 }, 'max'],
  ])('refuses %s', async (_what, body, field) => {
    const problem = await expectProblem(await act(body), 422, 'invalid_request');
    expect(problem.errors[0].field).toBe(field);
  });
});
