import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/config/settings.js';
import { Logs } from '../../src/logging/logs.js';
import { LiveSettings } from '../../src/task-manager/live-settings.js';
import { writeLiveSetting } from '../../src/task-manager/sql/settings.sql.js';
import { VERSION } from '../../src/version.js';
import { ApiHarness } from '../support/api-harness.js';
import { expectProblem, json, type Json } from '../support/problems.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const SETTINGS = '/api/ocr/settings';

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({
    default_provider: 'tesseract_js',
    chunk_timeout: 200,
    http_ocr_token: 'geheim-1',
    http_ocr_url: 'https://anna:geheim-2@ocr.example/read?key=geheim-3',
  });
  copyFileSync(SAMPLE, join(api.inbox, 'a.tif'));
});
afterAll(() => api.close());

const show = async () => (await json(await api.fetch(SETTINGS))).settings as Json[];
const setting = async (name: string) => (await show()).find((each) => each.name === name);
const patch = (body: unknown) =>
  api.fetch(SETTINGS, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('GET /api/ocr/settings', () => {
  it('shows every setting, and no secret', async () => {
    const response = await api.fetch(SETTINGS);
    const text = await response.text();
    const { version, settings } = JSON.parse(text) as Json;
    expect(version).toBe(VERSION);
    expect(settings.map((each: Json) => each.name)).toEqual(Object.keys(settingsSchema.shape));
    expect(text).not.toContain('geheim');
    expect(text).not.toContain(api.settings.database_url);
    const find = (name: string) => settings.find((each: Json) => each.name === name);
    expect(find('chunk_timeout')).toEqual({
      name: 'chunk_timeout',
      value: 200,
      default: 300,
      configured: 200,
      description: expect.stringMatching(/^Seconds/),
      live: true,
      unit: 'seconds',
      minimum: 1,
      maximum: 86_400,
    });
    expect(find('default_provider')).toMatchObject({ value: 'tesseract_js', default: 'tesseract', live: false });
    expect(find('roles')).toMatchObject({ value: ['api'], default: ['api', 'worker', 'scheduler'] });
    expect(find('http_ocr_token')).toMatchObject({ value: null, configured: null, secret: true });
    expect(find('http_ocr_url')).toMatchObject({ value: 'https://ocr.example/read' });
    expect(find('store_url')).toMatchObject({ value: null, default: null, configured: null });
    for (const each of settings) expect(each.description, each.name).not.toBe('');
  });
});

describe('PATCH /api/ocr/settings', () => {
  it('changes what can be changed while running, and takes it back', async () => {
    const changed = await patch({ chunk_size: 7, max_concurrent_tasks: 2 });
    expect(changed.status).toBe(200);
    const named = (await json(changed)).settings.find((each: Json) => each.name === 'chunk_size');
    expect(named).toMatchObject({ value: 7, configured: 5, default: 5 });
    const { task_id } = await json(await api.post('/api/ocr/tasks', { document_path: 'a.tif' }));
    expect((await json(await api.fetch(`/api/ocr/tasks/${task_id}`))).options.chunk_size).toBe(7);
    await patch({ chunk_size: null });
    expect(await setting('chunk_size')).toMatchObject({ value: 5 });
    expect(await setting('max_concurrent_tasks')).toMatchObject({ value: 2, configured: 3 });
  });

  it.each<[string, unknown, string, string]>([
    ['a setting that needs a restart', { port: 9000 }, 'port', 'cannot be changed while running; these can'],
    ['an unknown setting', { colour: 'red' }, 'colour', 'is not a setting; these can be changed'],
    ['the name of what every object has', { toString: 1 }, 'toString', 'is not a setting; these can be changed'],
    ['a value too small', { chunk_size: 0 }, 'chunk_size', 'must be at least 1'],
    ['a value too large', { max_concurrent_tasks: 99_999_999 }, 'max_concurrent_tasks', 'must be at most 10000'],
    ['a part of a number', { chunk_size: 1.5 }, 'chunk_size', 'must be a whole number'],
    ['a number as text', { chunk_size: '5' }, 'chunk_size', 'must be a number, or null'],
    ['a list', [1], '', 'must be a JSON object'],
  ])('refuses %s, and changes nothing', async (_what, body, field, message) => {
    const before = await show();
    const changes = Array.isArray(body) ? body : { chunk_timeout: 111, ...(body as object) };
    const problem = await expectProblem(await patch(changes), 422, 'invalid_request');
    expect(problem.errors).toEqual([expect.objectContaining({ field, message })]);
    expect(problem.detail).toContain(message);
    expect(await show()).toEqual(before);
  });
});

describe('a live setting that does not go with the others', () => {
  let batches: ApiHarness;
  beforeAll(async () => {
    batches = await ApiHarness.start({
      default_provider: 'tesseract_js',
      document_ai_bucket: 'gs://my-bucket/ocr',
      document_ai_batch_timeout: 600,
      page_timeout: 700,
      chunk_timeout: 900,
    });
  });
  afterAll(() => batches.close());

  const change = (body: unknown) =>
    batches.fetch(SETTINGS, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const chunkTimeout = async () =>
    (await json(await batches.fetch(SETTINGS))).settings.find((each: Json) => each.name === 'chunk_timeout');
  /** Stores it as a process of another configuration does, and reads it, twice. */
  const store = async (value: number) => {
    await batches.database.query(writeLiveSetting, ['chunk_timeout', JSON.stringify(value)]);
    for (let times = 0; times < 2; times++) await batches.app.get(LiveSettings).runOnce();
  };
  const warnings = async () => {
    await batches.app.get(Logs).close();
    const lines = readFileSync(join(batches.settings.log_dir, 'ocr_queue.log'), 'utf8').trim().split('\n');
    return lines
      .map((line) => JSON.parse(line) as Json)
      .filter(({ level, setting }) => level === 'warn' && setting !== undefined);
  };

  it('is refused, with the bound the others give it', async () => {
    const problem = await expectProblem(await change({ chunk_size: 9, chunk_timeout: 300 }), 422, 'invalid_request');
    const message = 'must be at least document_ai_batch_timeout (600) with a document_ai_bucket';
    expect(problem.errors).toEqual([{ field: 'chunk_timeout', message }]);
    expect(batches.app.get(LiveSettings).value('chunk_size')).toBe(5);
    expect(await chunkTimeout()).toMatchObject({ value: 900, minimum: 600 });
    expect((await change({ chunk_timeout: 600 })).status).toBe(200);
    expect(await chunkTimeout()).toMatchObject({ value: 600, configured: 900 });
  });

  it('is left out where it is stored already, and warned of once', async () => {
    await store(300);
    expect(await chunkTimeout()).toMatchObject({ value: 900, configured: 900 });
    expect(batches.app.get(LiveSettings).value('chunk_timeout')).toBe(900);
    expect(await warnings()).toEqual([
      expect.objectContaining({
        setting: 'chunk_timeout',
        value: 300,
        msg: expect.stringMatching(
          /^chunk_timeout was set to 300 .* document_ai_batch_timeout \(600\) .*: 900 holds here/,
        ) as string,
      }),
    ]);
    // What else is changed is not refused for it.
    expect((await change({ chunk_size: 8 })).status).toBe(200);
    await store(1000);
    expect(await chunkTimeout()).toMatchObject({ value: 1000 });
  });
});
