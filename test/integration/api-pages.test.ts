import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { sourceKey } from '../../src/task-manager/artifact-keys.js';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem, json } from '../support/problems.js';
import { pageResult } from '../support/queue-harness.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const UNKNOWN = '/api/ocr/tasks/019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const never = new AbortController().signal;

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js' });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
});
afterAll(() => api.close());
// So that the next claim is of the next test's own task.
afterEach(() => api.post('/api/ocr/tasks/actions', { action: 'cancel', filter: {} }));

const newTask = async (options: object = {}): Promise<string> =>
  (await json(await api.post('/api/ocr/tasks', { document_path: 'a.tif', priority: 'CRITICAL', options }))).task_id;

describe('GET /api/ocr/tasks/{task_id}/pages', () => {
  it('shows how every page stands', async () => {
    const id = await newTask({ pages: '1-4,6-', chunk_size: 3 });
    const list = async () => json(await api.fetch(`/api/ocr/tasks/${id}/pages`));
    expect(await list()).toEqual({ page_count: null, pages: [] });
    await api.settlement.prepared(await api.claim(), { documentKey: 'key', pageCount: 7 });
    const chunk = await api.claim();
    await api.checkpoints.pageDone(chunk, pageResult(1), never);
    await api.checkpoints.pageFailed(chunk, 2, new OcrError('page_too_large'), 5, never);
    const { page_count, pages } = await list();
    expect(page_count).toBe(7);
    const nothing = {
      source: null,
      confidence: null,
      words: null,
      duration_ms: null,
      provider: null,
      attempt: null,
      error: null,
    };
    expect(pages).toEqual([
      {
        page: 1,
        state: 'done',
        source: 'recognised',
        confidence: 90,
        words: 1,
        duration_ms: 10,
        provider: 'test',
        attempt: 1,
        error: null,
      },
      {
        ...nothing,
        page: 2,
        state: 'failed',
        words: 0,
        duration_ms: 5,
        attempt: 1,
        error: expect.objectContaining({ code: 'page_too_large', page: 2 }),
      },
      { ...nothing, page: 3, state: 'running' },
      { ...nothing, page: 4, state: 'waiting' },
      { ...nothing, page: 5, state: 'not_selected' },
      { ...nothing, page: 6, state: 'waiting' },
      { ...nothing, page: 7, state: 'waiting' },
    ]);
  });

  it('knows no task at an unknown id', async () => {
    await expectProblem(await api.fetch(`${UNKNOWN}/pages`), 404, 'task_not_found');
  });
});

describe('GET /api/ocr/tasks/{task_id}/pages/{page}/image', () => {
  /** A task whose document is in the store, as after its preparation. */
  const preparedTask = async (file: string, pageCount: number, password?: string): Promise<string> => {
    const id = await newTask({ password });
    const key = sourceKey(id);
    await api.store.put(key, readFileSync(new URL(`../documents/${file}`, import.meta.url)));
    await api.settlement.prepared(await api.claim(), { documentKey: key, pageCount });
    return id;
  };
  const image = (id: string, page: number | string, query = '', headers: Record<string, string> = {}) =>
    api.fetch(`/api/ocr/tasks/${id}/pages/${page}/image${query}`, { headers });
  const widthOf = async (response: Response) => Buffer.from(await response.arrayBuffer()).readUInt16LE(26) & 0x3fff;

  it('draws a page while the task runs, and keeps the picture', async () => {
    const id = await preparedTask('multipage.pdf', 6);
    const first = await image(id, 2, '?width=300');
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': expect.stringContaining('private'),
      etag: expect.stringMatching(/^"[^"]+"$/),
    });
    expect([first.status, await widthOf(first)]).toEqual([200, 300]);
    const kept = api.storedFiles().filter((name) => name === '000002.300.webp');
    expect(kept).toHaveLength(1);
    expect(await widthOf(await image(id, 2))).toBe(800);

    const etag = first.headers.get('etag')!;
    expect((await image(id, 2, '?width=300', { 'if-none-match': etag })).status).toBe(304);
    expect((await image(id, 2, '?width=301', { 'if-none-match': etag })).status).toBe(200);
    // The second look needs the document no more.
    await api.store.deletePrefix(sourceKey(id));
    expect(await widthOf(await image(id, 2, '?width=300'))).toBe(300);
    await expectProblem(await image(id, 3, '?width=300'), 500, 'storage_failed');
  });

  it('draws many at once', async () => {
    const id = await preparedTask('multipage.pdf', 6);
    const drawn = await Promise.all([1, 2, 3, 4, 5, 6, 1, 1].map((page) => image(id, page, '?width=120')));
    expect(await Promise.all(drawn.map(widthOf))).toEqual(Array(8).fill(120));
  });

  it('opens protected documents as long as the password is kept', async () => {
    const id = await preparedTask('password.pdf', 1, 'password');
    expect(await widthOf(await image(id, 1, '?width=200'))).toBe(200);
    await api.database.query('UPDATE ocr_tasks SET secrets = NULL WHERE id = $1', [id]);
    expect(await widthOf(await image(id, 1, '?width=200'))).toBe(200);
    await expectProblem(await image(id, 1, '?width=201'), 422, 'password_required');
  });

  it('knows no page that is not there', async () => {
    const id = await preparedTask('multipage.pdf', 6);
    for (const page of ['0', '7', 'x']) await expectProblem(await image(id, page), 404, 'page_not_found');
    await expectProblem(await image(await newTask(), 1), 404, 'page_not_found');
    await expectProblem(await api.fetch(`${UNKNOWN}/pages/1/image`), 404, 'task_not_found');
  });

  it.each(['width=49', 'width=3001', 'width=1.5', 'width=x', 'width=', 'colour=1'])('refuses ?%s', async (query) => {
    const id = await preparedTask('multipage.pdf', 6);
    const problem = await expectProblem(await image(id, 1, `?${query}`), 422, 'invalid_request');
    expect(problem.errors[0].field).toBe(query.split('=')[0]);
  });
});
