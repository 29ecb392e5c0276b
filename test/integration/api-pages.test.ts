import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
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
