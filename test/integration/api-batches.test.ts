import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem, json, type Json } from '../support/problems.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const BATCH = '/api/ocr/tasks/batch';

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js' });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
});
afterAll(() => api.close());

const good = (n: number) => ({ document_path: 'a.tif', metadata: { n } });
const send = (body: unknown, headers: Record<string, string> = {}) => api.post(BATCH, body, headers);

describe('POST /api/ocr/tasks/batch', () => {
  it('queues the good documents, and says for each other one why not', async () => {
    const documents = [
      good(0),
      { document_path: 'missing.pdf' },
      { ...good(2), options: { mode: 'fast' } },
      { ...good(3), priority: 'HIGH', tenant: 'anna' },
      'a.tif',
      { ...good(5), options: { language: 'tlh' } },
    ];
    const response = await send({ documents });
    expect(response.status).toBe(202);
    const { batch_id, tasks, links } = await json(response);
    expect(response.headers.get('location')).toBe(`/api/ocr/batches/${batch_id}`);
    expect(links).toEqual({ self: `/api/ocr/batches/${batch_id}`, tasks: `/api/ocr/tasks?batch_id=${batch_id}` });
    expect(tasks).toEqual([
      { index: 0, task_id: expect.any(String) },
      { index: 1, error: expect.objectContaining({ code: 'document_not_found', status: 422, instance: BATCH }) },
      { index: 2, error: expect.objectContaining({ code: 'invalid_request' }) },
      { index: 3, task_id: expect.any(String) },
      { index: 4, error: expect.objectContaining({ code: 'invalid_request' }) },
      { index: 5, error: expect.objectContaining({ code: 'language_not_available' }) },
    ]);
    expect(tasks[2].error.errors[0].field).toBe('options.mode');
    const listed = await json(await api.fetch(`${links.tasks}&sort=created_at`));
    expect(listed.tasks.map((task: Json) => [task.task_id, task.metadata.n, task.priority, task.tenant, task.batch_id])).toEqual([
      [tasks[0].task_id, 0, 'NORMAL', null, batch_id],
      [tasks[3].task_id, 3, 'HIGH', 'anna', batch_id],
    ]);
  });

  it('names the documents whose provider another stands in for, also when it is asked again', async () => {
    const documents = [{ ...good(0), options: { ocr_provider: 'document_ai' } }, { document_path: 'missing.pdf' }, good(2)];
    const answers = [await send({ documents }, { 'idempotency-key': 'stand-ins' })];
    answers.push(await send({ documents }, { 'idempotency-key': 'stand-ins' }));
    const [first, again] = await Promise.all(answers.map(json));
    expect(first.tasks).toEqual([
      { index: 0, task_id: expect.any(String), requested_provider: 'document_ai' },
      { index: 1, error: expect.objectContaining({ code: 'document_not_found' }) },
      { index: 2, task_id: expect.any(String) },
    ]);
    expect(again).toEqual(first);
  });

  it('queues all or nothing when asked to', async () => {
    const before = await api.taskCount();
    const documents = [good(0), { document_path: '/etc/passwd' }, { ...good(2), colour: 1 }];
    const problem = await expectProblem(await send({ atomic: true, documents }), 422, 'batch_refused');
    expect(problem.errors).toEqual([
      { field: 'documents.1', message: expect.any(String), code: 'path_not_allowed' },
      { field: 'documents.2.colour', message: 'is not known', code: 'invalid_request' },
    ]);
    expect(problem.detail).toContain('2 of 3');
    expect(await api.taskCount()).toBe(before);
    expect((await json(await send({ atomic: true, documents: [good(0), good(1)] }))).tasks).toHaveLength(2);
    expect(await api.taskCount()).toBe(before + 2);
  });

  it('refuses a batch without a single good document', async () => {
    await expectProblem(await send({ documents: [{ document_path: 'missing.pdf' }] }), 422, 'batch_refused');
  });

  it.each<[string, unknown, string]>([
    ['no documents', {}, 'documents'],
    ['an empty list', { documents: [] }, 'documents'],
    ['more than a thousand', { documents: Array.from({ length: 1001 }, (_, n) => good(n)) }, 'documents'],
    ['an unknown field', { documents: [good(0)], priority: 'HIGH' }, 'priority'],
    ['atomic that is no boolean', { documents: [good(0)], atomic: 'yes' }, 'atomic'],
  ])('refuses %s', async (_what, body, field) => {
    const problem = await expectProblem(await send(body), 422, 'invalid_request');
    expect(problem.errors[0].field).toBe(field);
  });

  it('takes a thousand documents with metadata beyond a megabyte', async () => {
    const documents = Array.from({ length: 1000 }, (_, n) => ({ ...good(n), metadata: { n, note: 'x'.repeat(2000) } }));
    const response = await send({ atomic: true, documents });
    expect(response.status).toBe(202);
    const { tasks, links } = await json(response);
    expect(new Set(tasks.map((task: Json) => task.task_id)).size).toBe(1000);
    expect(await json(await api.fetch(links.self))).toMatchObject({
      progress: 0,
      tasks: { total: 1000, by_status: { queued: 1000 } },
      finished_at: null,
      links,
    });
  });

  it('refuses what is nested thousands of levels deep alone, with a key as without', async () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const sendText = (documents: string[], key?: string) => {
      const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) };
      return api.fetch(BATCH, { method: 'POST', headers, body: `{"documents":[${documents.join(',')}]}` });
    };
    const documents = [JSON.stringify(good(0)), deep(200_000), `{"document_path":"a.tif","metadata":{"a":${deep(100_000)}}}`];
    const answers = [await sendText(documents), await sendText(documents, 'deep'), await sendText(documents, 'deep')];
    const bodies = await Promise.all(answers.map(json));
    for (const { tasks } of bodies)
      expect(tasks.map((task: Json) => task.error?.code ?? 'queued')).toEqual(['queued', 'invalid_request', 'invalid_request']);
    expect(answers.map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, null, 'true']);
    expect(bodies[2]).toEqual(bodies[1]);
    await expectProblem(await sendText([documents[0]!, deep(200_001)], 'deep'), 422, 'idempotency_key_reused');
    for (const key of [undefined, 'too-deep']) await expectProblem(await sendText([deep(200_000)], key), 422, 'batch_refused');
  });

  it('gives the same batch for the same key and request, also when they come at once', async () => {
    const before = await api.taskCount();
    const headers = { 'idempotency-key': 'batch-1' };
    const body = { documents: [good(0), { document_path: 'missing.pdf' }, good(2)] };
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(body, headers)));
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202]);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(3);
    const [first, ...others] = await Promise.all(answers.map(json));
    expect(first!.tasks.map((task: Json) => task.error?.code ?? 'queued')).toEqual(['queued', 'document_not_found', 'queued']);
    for (const other of others) expect(other).toEqual(first);
    expect(await api.taskCount()).toBe(before + 2);
    await expectProblem(await send({ documents: [good(0)] }, headers), 422, 'idempotency_key_reused');
    await expectProblem(await api.post('/api/ocr/tasks', good(0), headers), 422, 'idempotency_key_reused');
  });

  it('does not take more than the queue holds', async () => {
    const small = await ApiHarness.start({ default_provider: 'tesseract_js', max_queued_tasks: 2 });
    try {
      copyFileSync(SAMPLE, join(small.inbox, 'a.tif'));
      await expectProblem(await small.post(BATCH, { documents: [good(0), good(1), good(2)] }), 429, 'queue_full');
      expect(await small.taskCount()).toBe(0);
      expect((await small.post(BATCH, { documents: [good(0), good(1)] })).status).toBe(202);
    } finally {
      await small.close();
    }
  });

  it('keeps other bodies small', async () => {
    const large = { documents: [{ ...good(0), metadata: { note: 'x'.repeat(1_100_000) } }] };
    await expectProblem(await api.post('/api/ocr/tasks', large.documents[0]), 413, 'request_too_large');
    await expectProblem(await send(large), 422, 'batch_refused');
  });
});

describe('GET /api/ocr/batches/{batch_id}', () => {
  it('tells when the last task has ended', async () => {
    const { links, tasks } = await json(await send({ documents: [good(0), good(1)] }));
    for (const { task_id } of tasks) await api.fetch(`/api/ocr/tasks/${task_id}/cancel`, { method: 'POST' });
    expect(await json(await api.fetch(links.self))).toMatchObject({
      progress: 1,
      tasks: { total: 2, by_status: { cancelled: 2 } },
      pages: { total: 0, done: 0, failed: 0 },
      finished_at: expect.stringMatching(/Z$/),
    });
  });

  it('knows no batch at an unknown id', async () => {
    await expectProblem(await api.fetch('/api/ocr/batches/019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11'), 404, 'batch_not_found');
    await expectProblem(await api.fetch('/api/ocr/batches/nonsense'), 404, 'batch_not_found');
  });
});
