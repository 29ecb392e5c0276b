import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { resultKey } from '../../src/task-manager/artifact-keys.js';
import { OptionRules } from '../../src/api/tasks/option-rules.js';
import { ApiHarness } from '../support/api-harness.js';
import { pageResult } from '../support/queue-harness.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const UNKNOWN = '/api/ocr/tasks/019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const never = new AbortController().signal;

interface Json {
  // The tests read answers as any client in a language without types would.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  [name: string]: any;
}
const json = async (response: Response) => (await response.json()) as Json;

let api: ApiHarness;

beforeAll(async () => {
  api = await ApiHarness.start({ max_upload_mb: 1, default_provider: 'tesseract_js' });
  copyFileSync(SAMPLE, join(api.inbox, 'phototest.tif'));
});
afterAll(() => api.close());

const submit = async (body: object = {}, headers: Record<string, string> = {}) =>
  api.post('/api/ocr/tasks', { document_path: 'phototest.tif', ...body }, headers);
const newTask = async (body: object = {}): Promise<string> => (await json(await submit(body))).task_id;

async function expectProblem(response: Response, status: number, code: string): Promise<Json> {
  const problem = await json(response);
  expect({ status: response.status, code: problem.code, type: problem.type }).toEqual({
    status,
    code,
    type: `/api/errors/${code}`,
  });
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String), instance: expect.any(String) });
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  return problem;
}

/** Empties the queue, so that the next claim is of the test's own task. */
async function cancelAll(): Promise<void> {
  const { tasks } = await json(await api.fetch('/api/ocr/tasks?status=queued,running,paused&limit=200'));
  for (const task of tasks) await api.fetch(task.links.cancel, { method: 'POST' });
}

describe('POST /api/ocr/tasks', () => {
  it('takes a document in and says where to go from there', async () => {
    const response = await submit({
      priority: 'high',
      options: { language: 'fra' },
      metadata: { description: 'Document technique' },
    });
    expect(response.status).toBe(202);
    const body = await json(response);
    expect(body).toMatchObject({ task_id: expect.stringMatching(UUID), status: 'queued' });
    expect(response.headers.get('location')).toBe(`/api/ocr/tasks/${body.task_id}`);
    expect(body.links).toEqual({
      self: `/api/ocr/tasks/${body.task_id}`,
      pause: `/api/ocr/tasks/${body.task_id}/pause`,
      resume: `/api/ocr/tasks/${body.task_id}/resume`,
      cancel: `/api/ocr/tasks/${body.task_id}/cancel`,
      retry: `/api/ocr/tasks/${body.task_id}/retry`,
      result: `/api/ocr/tasks/${body.task_id}/result`,
      events: `/api/ocr/tasks/${body.task_id}/events`,
      webhooks: `/api/ocr/tasks/${body.task_id}/webhooks`,
      websocket: `${api.url.replace('http', 'ws')}/ws/ocr/task/${body.task_id}`,
    });
    const task = await json(await api.fetch(body.links.self));
    expect(task).toMatchObject({
      name: 'phototest.tif',
      priority: 'HIGH',
      progress: 0,
      pages: { total: null, done: 0, failed: 0 },
      metadata: { description: 'Document technique' },
      source: { kind: 'path', path: 'phototest.tif' },
      options: {
        ocr_provider: 'tesseract_js',
        language: 'fra',
        chunk_size: 5,
        mode: 'skip_text',
        formats: ['pdf', 'txt', 'json'],
        dpi: 0,
      },
      chunks: [],
      failed_pages: [],
      results: {},
    });
  });

  it('takes every option there is, and never shows the password', async () => {
    const options = {
      pages: '1, 3-',
      mode: 'force',
      formats: ['hocr', 'hocr'],
      dpi: 200,
      chunk_size: 7,
      output_path: 'archive/',
      password: 'geheim',
    };
    const id = await newTask({ options });
    const text = await (await api.fetch(`/api/ocr/tasks/${id}`)).text();
    expect(JSON.parse(text).options).toMatchObject({ pages: '1, 3-', mode: 'force', formats: ['hocr'], dpi: 200, chunk_size: 7 });
    expect(text).not.toContain('geheim');
  });

  it.each([{}, { chunk_size: 3 }, { text_chunk_size: 30 }])(
    'takes the options a task shows for those of another: of %j',
    async (asked) => {
      const optionsOf = async (id: string) => (await json(await api.fetch(`/api/ocr/tasks/${id}`))).options as object;
      const shown = await optionsOf(await newTask({ options: asked }));
      expect(shown).toMatchObject(asked);
      expect(await optionsOf(await newTask({ options: shown }))).toEqual(shown);
    },
  );

  it.each<[string, object, string, unknown]>([
    ['an unknown property', { colour: 1 }, 'colour', undefined],
    ['an unknown option', { options: { colour: 1 } }, 'options.colour', undefined],
    ['an unknown priority', { priority: 'URGENT' }, 'priority', ['CRITICAL', 'HIGH', 'NORMAL', 'LOW']],
    ['an unknown mode', { options: { mode: 'fast' } }, 'options.mode', ['skip_text', 'redo', 'force']],
    [
      'an unknown format',
      { options: { formats: ['docx'] } },
      'options.formats.0',
      expect.arrayContaining(['pdf', 'txt', 'json']),
    ],
    ['an empty list of formats', { options: { formats: [] } }, 'options.formats', undefined],
    ['a number as text', { options: { chunk_size: '5' } }, 'options.chunk_size', undefined],
    ['a chunk of no pages', { options: { chunk_size: 0 } }, 'options.chunk_size', undefined],
    ['falling pages', { options: { pages: '5-3' } }, 'options.pages', undefined],
    ['page zero', { options: { pages: '0-3' } }, 'options.pages', undefined],
    ['a tiny resolution', { options: { dpi: 20 } }, 'options.dpi', undefined],
    ['metadata that is a list', { metadata: [1] }, 'metadata', undefined],
    ['metadata over 16 KB', { metadata: { note: 'x'.repeat(17_000) } }, 'metadata', undefined],
    ['metadata PostgreSQL cannot keep', { metadata: { note: 'a\0b' } }, 'metadata', undefined],
    ['half a surrogate pair in metadata', { metadata: { note: '\ud800' } }, 'metadata', undefined],
    ['metadata nested without end', { metadata: JSON.parse('{"a":'.repeat(100) + '1' + '}'.repeat(100)) }, 'metadata', undefined],
    ['two documents', { document_url: 'http://example.org/a.pdf' }, 'document_path', undefined],
    ['no document', { document_path: undefined }, 'document_path', undefined],
  ])('refuses %s by the name of its field', async (_what, body, field, allowed) => {
    const problem = await expectProblem(await submit(body), 422, 'invalid_request');
    expect(problem.errors).toEqual([{ field, message: expect.any(String), ...(allowed === undefined ? {} : { allowed }) }]);
    expect(problem.detail).toContain(field);
  });

  it('lets the default engine stand in for one this server is not set up for, and says so', async () => {
    const body = { options: { ocr_provider: 'document_ai', language: 'fra' } };
    const key = { 'idempotency-key': 'stood-in-for' };
    const first = await json(await submit(body, key));
    expect(first).toMatchObject({ status: 'queued', requested_provider: 'document_ai' });
    expect((await json(await api.fetch(`/api/ocr/tasks/${first.task_id}`))).options).toMatchObject({
      ocr_provider: 'tesseract_js',
      requested_provider: 'document_ai',
      language: 'fra',
    });
    expect(await json(await submit(body, key))).toEqual(first);
    const form = new FormData();
    form.set('file', new Blob([readFileSync(SAMPLE)]), 'phototest.tif');
    form.set('ocr_provider', 'document_ai');
    const uploaded = await json(await api.fetch('/api/ocr/upload', { method: 'POST', body: form }));
    expect(uploaded).toMatchObject({ status: 'queued', requested_provider: 'document_ai' });
    expect(await json(await submit({ options: { ocr_provider: 'tesseract_js' } }))).not.toHaveProperty('requested_provider');
  });

  it('names the engines and the languages there are', async () => {
    const engine = await expectProblem(await submit({ options: { ocr_provider: 'magic' } }), 422, 'provider_not_available');
    expect(engine.errors[0]).toMatchObject({ field: 'options.ocr_provider', allowed: expect.arrayContaining(['tesseract']) });
    const language = await expectProblem(await submit({ options: { language: 'eng+tlh' } }), 422, 'language_not_available');
    expect(language.errors[0]).toMatchObject({ field: 'options.language', allowed: expect.arrayContaining(['eng', 'fra']) });
  });

  it('takes stand-ins for the engine, and refuses those that do not exist or do not know the language', async () => {
    const { task_id } = await json(await submit({ options: { provider_fallback: ['http', 'tesseract', 'http'] } }));
    const task = await json(await api.fetch(`/api/ocr/tasks/${task_id}`));
    expect(task.options.provider_fallback).toEqual(['http', 'tesseract']);
    const wrong = { ocr_provider: 'tesseract_js', provider_fallback: ['tesseract', 'magic'] };
    const unknown = await expectProblem(await submit({ options: wrong }), 422, 'provider_not_available');
    expect(unknown.errors[0]).toMatchObject({ field: 'options.provider_fallback', allowed: expect.arrayContaining(['http']) });
  });

  it('keeps to the allowed folders, and says nothing of what lies elsewhere', async () => {
    symlinkSync('/etc/hostname', join(api.inbox, 'link.pdf'));
    for (const path of ['/etc/hostname', '/etc/missing', '../data/x', 'link.pdf', `${api.inbox}/../data`]) {
      const problem = await expectProblem(await submit({ document_path: path }), 403, 'path_not_allowed');
      expect(JSON.stringify(problem)).not.toContain(api.folder);
      expect(problem.detail).toContain('OCR_INPUT_ROOTS');
    }
    await expectProblem(await submit({ document_path: 'missing.pdf' }), 422, 'document_not_found');
    await expectProblem(await submit({ options: { output_path: '/etc/' } }), 403, 'output_not_allowed');
    await expectProblem(
      await submit({ document_path: undefined, document_url: 'http://169.254.169.254/latest' }),
      403,
      'url_not_allowed',
    );
  });

  it('tells at once what is no document', async () => {
    writeFileSync(join(api.inbox, 'text.pdf'), 'only text');
    writeFileSync(join(api.inbox, 'empty.pdf'), '');
    mkdirSync(join(api.inbox, 'folder.pdf'));
    writeFileSync(join(api.inbox, 'large.pdf'), Buffer.alloc(1024 * 1024 + 1));
    await expectProblem(await submit({ document_path: 'text.pdf' }), 415, 'unsupported_document');
    await expectProblem(await submit({ document_path: 'empty.pdf' }), 422, 'damaged_document');
    await expectProblem(await submit({ document_path: 'folder.pdf' }), 422, 'document_not_found');
    await expectProblem(await submit({ document_path: 'large.pdf' }), 413, 'document_too_large');
  });

  it('shows an address without its secrets', async () => {
    const id = await newTask({
      document_path: undefined,
      document_url: 'https://anna:geheim@192.0.2.1:8443/d/Été%202026.pdf?sig=geheim#x',
    }).catch(() => '');
    expect(id).toBe(undefined); // 192.0.2.0/24 is no address of the internet
    const url = 'https://anna:geheim@ocr-queue.invalid/d/%C3%89t%C3%A9.pdf?sig=geheim';
    const task = await (
      await api.fetch(`/api/ocr/tasks/${await newTask({ document_path: undefined, document_url: url })}`)
    ).text();
    expect(JSON.parse(task)).toMatchObject({
      name: 'Été.pdf',
      source: { kind: 'url', url: 'https://ocr-queue.invalid/d/%C3%89t%C3%A9.pdf' },
    });
    expect(task).not.toContain('geheim');
  });

  it('gives the same task for the same key and request, also when they come at once', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => submit({ metadata: { n: 1 } }, headers)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(6).fill(202));
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(5);
    const bodies = await Promise.all(answers.map(json));
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    await expectProblem(await submit({ metadata: { n: 2 } }, headers), 422, 'idempotency_key_reused');
    await expectProblem(await submit({}, { 'idempotency-key': 'x'.repeat(300) }), 422, 'invalid_request');
  });

  it('answers a repeated request also when the document has gone meanwhile', async () => {
    copyFileSync(SAMPLE, join(api.inbox, 'short-lived.tif'));
    const body = { document_path: 'short-lived.tif' };
    const first = await json(await submit(body, { 'idempotency-key': 'order-2' }));
    writeFileSync(join(api.inbox, 'short-lived.tif'), '');
    expect((await json(await submit(body, { 'idempotency-key': 'order-2' }))).task_id).toBe(first.task_id);
  });

  it('tells bodies it cannot read', async () => {
    const send = (body: string, type = 'application/json') =>
      api.fetch('/api/ocr/tasks', { method: 'POST', body, headers: { 'content-type': type } });
    await expectProblem(await send('{"document_path":'), 400, 'malformed_request');
    const empty = await expectProblem(await api.fetch('/api/ocr/tasks', { method: 'POST' }), 422, 'invalid_request');
    expect(empty.errors[0].field).toBe('document_path');
    for (const other of ['[]', 'null', '5', '"text"']) {
      const problem = await expectProblem(await send(other), 422, 'invalid_request');
      expect(problem.detail).toBe('The request must be a JSON object.');
    }
    await expectProblem(await send('document_path=x', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type');
    const form = new FormData();
    form.set('file', new Blob(['x']), 'x.pdf');
    const astray = await expectProblem(
      await api.fetch('/api/ocr/tasks', { method: 'POST', body: form }),
      415,
      'unsupported_media_type',
    );
    expect(astray.detail).toMatch(/uploaded to POST \/api\/ocr\/upload/);
    await expectProblem(await api.fetch('/API/ocr/Upload/', { method: 'POST', body: form }), 415, 'unsupported_document');
    await expectProblem(await send(JSON.stringify({ x: 'x'.repeat(1_100_000) })), 413, 'request_too_large');
    await expectProblem(await send('['.repeat(400_000) + ']'.repeat(400_000)), 422, 'invalid_request');
    await expectProblem(
      await send(`{"document_path":"x","metadata":{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}}`),
      422,
      'invalid_request',
    );
  });
});

/** The status of the answer to an upload whose file begins and does not go on. */
function answerBeforeTheRest(to: ApiHarness, fields: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${to.url}/api/ocr/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '800000', ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      resolve(response.statusCode);
      request
        .off('error', reject)
        .on('error', () => undefined)
        .destroy();
    });
    request.write(`${fields}--b\r\nContent-Disposition: form-data; name="file"; filename="a.tif"\r\n\r\n`);
    request.write(readFileSync(SAMPLE));
  });
}

describe('POST /api/ocr/upload', () => {
  const form = (fields: [string, string | Blob, string?][]) => {
    const data = new FormData();
    for (const [name, value, fileName] of fields) {
      if (typeof value === 'string') data.append(name, value);
      else data.append(name, value, fileName ?? 'document.tif');
    }
    return data;
  };
  const upload = (fields: [string, string | Blob, string?][], headers: Record<string, string> = {}) =>
    api.fetch('/api/ocr/upload', { method: 'POST', body: form(fields), headers });
  const sample = new Blob([readFileSync(SAMPLE)]);
  const sha256 = createHash('sha256').update(readFileSync(SAMPLE)).digest('hex');

  it('keeps the quotes of a name, which a form writes in another way', async () => {
    const { task_id } = await json(await upload([['file', sample, 'rapport "final".pdf']]));
    expect((await json(await api.fetch(`/api/ocr/tasks/${task_id}`))).name).toBe('rapport "final".pdf');
  });

  it('stores the document while it comes; fields may come after it', async () => {
    const response = await upload([
      ['options', JSON.stringify({ mode: 'force', chunk_size: 2 })],
      ['file', sample, 'Été à la plage.pdf'],
      ['priority', 'low'],
      ['language', 'eng+fra'],
      ['chunk_size', '9'],
      ['formats', 'pdf, txt'],
      ['formats', 'md'],
      ['provider_fallback', 'http, tesseract'],
      ['pages', ''],
      ['metadata', '{"customer":"7"}'],
    ]);
    expect(response.status).toBe(202);
    const { task_id } = await json(response);
    expect(await json(await api.fetch(`/api/ocr/tasks/${task_id}`))).toMatchObject({
      name: 'Été à la plage.pdf',
      priority: 'LOW',
      source: { kind: 'upload', size: sample.size, sha256 },
      options: {
        mode: 'force',
        formats: ['pdf', 'txt', 'md'],
        provider_fallback: ['http', 'tesseract'],
        chunk_size: 9,
        language: 'eng+fra',
      },
      metadata: { customer: '7' },
    });
    expect((await api.store.read(`tasks/${task_id}/source/original`)).equals(readFileSync(SAMPLE))).toBe(true);
  });

  it('goes by the bytes of the file: same key and same file, same task', async () => {
    const headers = { 'idempotency-key': 'upload-1' };
    const first = await upload([['file', sample]], headers);
    const second = await upload([['file', sample, 'other-name.tif']], headers);
    expect((await json(second)).task_id).toBe((await json(first)).task_id);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const files = api.storedFiles().length;
    const other = new Blob([readFileSync(SAMPLE), 'more']);
    await expectProblem(await upload([['file', other]], headers), 422, 'idempotency_key_reused');
    expect(api.storedFiles()).toHaveLength(files);
  });

  it('gives a repeated request its task, whatever would be refused by now', async () => {
    const headers = { 'idempotency-key': 'upload-2' };
    const first = await upload(
      [
        ['file', sample],
        ['webhook_url', 'https://93.184.216.34/told'],
      ],
      headers,
    );
    const rules = vi.spyOn(api.app.get(OptionRules), 'forNewTask').mockRejectedValue(new OcrError('webhook_not_allowed'));
    const second = await upload(
      [
        ['file', sample],
        ['webhook_url', 'https://93.184.216.34/told'],
      ],
      headers,
    );
    await expectProblem(await upload([['file', sample]]), 403, 'webhook_not_allowed');
    rules.mockRestore();
    expect([second.status, (await json(second)).task_id]).toEqual([202, (await json(first)).task_id]);
  });

  it('tells what is wrong with the fields before it takes the file behind them', async () => {
    const files = api.storedFiles();
    const field = '--b\r\nContent-Disposition: form-data; name="dpi"\r\n\r\n7\r\n';
    expect(await answerBeforeTheRest(api, field)).toBe(422);
    expect(api.storedFiles()).toEqual(files);
  });

  describe('leaves nothing behind', () => {
    it.each<[string, [string, string | Blob, string?][], number, string]>([
      ['what is no document', [['file', new Blob(['<html></html>']), 'document.pdf']], 415, 'unsupported_document'],
      ['a large file that is no document', [['file', new Blob([Buffer.alloc(900_000)])]], 415, 'unsupported_document'],
      ['an empty file', [['file', new Blob([])]], 422, 'damaged_document'],
      [
        'a file over the limit',
        [['file', new Blob([readFileSync(SAMPLE), Buffer.alloc(1024 * 1024)])]],
        413,
        'document_too_large',
      ],
      [
        'a file far over the limit',
        [['file', new Blob([readFileSync(SAMPLE), Buffer.alloc(5 * 1024 * 1024)])]],
        413,
        'document_too_large',
      ],
      ['no file', [['priority', 'LOW']], 422, 'invalid_request'],
      ['a file in another field', [['document', sample]], 422, 'invalid_request'],
      [
        'two files',
        [
          ['file', sample],
          ['file', sample],
        ],
        422,
        'invalid_request',
      ],
      [
        'a wrong field after the file',
        [
          ['file', sample],
          ['mode', 'fast'],
        ],
        422,
        'invalid_request',
      ],
      [
        'an unknown field',
        [
          ['file', sample],
          ['__proto__', '{"x":1}'],
        ],
        422,
        'invalid_request',
      ],
      [
        'options that are no JSON',
        [
          ['file', sample],
          ['options', '{'],
        ],
        422,
        'invalid_request',
      ],
      [
        'a language that is not installed',
        [
          ['file', sample],
          ['language', 'tlh'],
        ],
        422,
        'language_not_available',
      ],
      [
        'a field too long',
        [
          ['file', sample],
          ['metadata', 'x'.repeat(70_000)],
        ],
        413,
        'request_too_large',
      ],
    ])('of %s', async (_what, fields, status, code) => {
      const [files, tasks] = [api.storedFiles(), await api.taskCount()];
      await expectProblem(await upload(fields), status, code);
      expect(api.storedFiles()).toEqual(files);
      expect(await api.taskCount()).toBe(tasks);
    });

    it('of a form that breaks off, or is none', async () => {
      const files = api.storedFiles();
      const send = (body: string | Buffer, type: string) =>
        api.fetch('/api/ocr/upload', { method: 'POST', body, headers: { 'content-type': type } });
      const begin = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.tif"\r\n\r\n';
      const broken = Buffer.concat([Buffer.from(begin), readFileSync(SAMPLE)]);
      await expectProblem(await send(broken, 'multipart/form-data; boundary=b'), 400, 'malformed_request');
      await expectProblem(await send('x', 'multipart/form-data'), 400, 'malformed_request');
      await expectProblem(await send('{}', 'application/json'), 415, 'unsupported_media_type');
      expect(api.storedFiles()).toEqual(files);
    });

    it('of a caller who leaves in the middle', async () => {
      const [files, tasks] = [api.storedFiles(), await api.taskCount()];
      const request = httpRequest(`${api.url}/api/ocr/upload`, {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': '800000' },
      });
      request.on('error', () => {});
      request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.tif"\r\n\r\n');
      request.write(readFileSync(SAMPLE));
      await vi.waitFor(() => expect(api.storedFiles().length).toBe(files.length + 1));
      request.destroy();
      await vi.waitFor(() => expect(api.storedFiles()).toEqual(files));
      expect(await api.taskCount()).toBe(tasks);
    });
  });
});

describe('the course of a task', () => {
  beforeAll(cancelAll);

  it('shows progress, pages while others are read, and results', async () => {
    const id = await newTask({ options: { chunk_size: 2, formats: ['pdf', 'txt'] } });
    const self = `/api/ocr/tasks/${id}`;
    const early = await api.fetch(`${self}/result`);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectProblem(early, 409, 'result_not_ready');
    await expectProblem(await api.fetch(`${self}/result?format=json`), 404, 'result_not_available');

    await api.settlement.prepared(await api.claim(), { documentKey: 'key', pageCount: 3 });
    const chunk = await api.claim();
    await api.checkpoints.pageDone(chunk, pageResult(1), never);
    await api.checkpoints.pageFailed(chunk, 2, new OcrError('page_too_large'), 5, never);
    expect(await json(await api.fetch(self))).toMatchObject({
      status: 'running',
      pages: { total: 3, done: 1, failed: 1 },
      page_count: 3,
      progress: expect.closeTo(0.653, 2),
      failed_pages: [{ page: 2, code: 'page_too_large', phase: 'render', retryable: false }],
      chunks: [
        {
          chunk: 1,
          first_page: 1,
          last_page: 2,
          state: 'running',
          attempt: 1,
          stalls: 0,
          pages_done: 1,
          pages_failed: 1,
          error: null,
        },
        { chunk: 2, first_page: 3, last_page: 3, state: 'waiting', attempt: 0, pages_done: 0, started_at: null },
      ],
    });

    const page = await api.fetch(`${self}/pages/1`);
    expect(await json(page)).toMatchObject({
      page: 1,
      state: 'done',
      error: null,
      text: 'page1',
      blocks: [expect.any(Object)],
      confidence: 90,
    });
    expect(page.headers.get('vary')).toContain('Accept');
    const text = await api.fetch(`${self}/pages/1`, { headers: { accept: 'text/plain' } });
    expect([text.headers.get('content-type'), await text.text()]).toEqual(['text/plain; charset=utf-8', 'page1']);
    expect(await json(await api.fetch(`${self}/pages/2`))).toMatchObject({
      page: 2,
      state: 'failed',
      error: { code: 'page_too_large' },
    });
    await expectProblem(await api.fetch(`${self}/pages/2`, { headers: { accept: 'text/plain' } }), 404, 'page_not_found');
    for (const other of ['3', '0', '-1', 'x', '99999999999999999999']) {
      await expectProblem(await api.fetch(`${self}/pages/${other}`), 404, 'page_not_found');
    }

    await api.settlement.chunkFinished(chunk);
    const last = await api.claim();
    await api.checkpoints.pageDone(last, pageResult(3), never);
    await api.settlement.chunkFinished(last);
    const merge = await api.claim();
    const key = resultKey(id, 1, merge.token, 'document.pdf');
    const stored = await api.store.put(key, Buffer.from('%PDF-0123456789'));
    const pdf = { ...stored, content_type: 'application/pdf', file_name: 'Été "1".pdf' };
    await api.settlement.merged(merge, { pdf }, new OcrError('pdfa_not_possible', { detail: 'A font is missing' }));
    const done = await json(await api.fetch(self));
    expect(done).toMatchObject({ status: 'completed_with_errors', progress: 1, eta_seconds: 0 });
    expect(done.error).toMatchObject({
      code: 'pdfa_not_possible',
      phase: 'merge',
      retryable: false,
      message: 'A font is missing',
    });
    expect(done.results).toEqual({
      pdf: {
        href: `${self}/result?format=pdf`,
        size: 15,
        sha256: stored.sha256,
        content_type: 'application/pdf',
        file_name: 'Été "1".pdf',
        delivered_to: null,
      },
    });
    await expectProblem(await api.fetch(`${self}/result?format=txt`), 404, 'result_not_available');
    await expectProblem(await api.fetch(`${self}/result?format=docx`), 422, 'invalid_request');
    await expectDownloads(`${self}/result`, stored.sha256);

    const events = await json(await api.fetch(`${self}/events?limit=2`));
    expect(events.events.map((event: Json) => event.type)).toEqual(['task.queued', 'task.started']);
    for (const event of events.events) expect(event.id).toMatch(/^\d+$/);
    const more = await json(await api.fetch(`${self}/events?after=${events.next_after}`));
    expect(more.events.at(-1)).toMatchObject({ task_id: id, type: 'task.completed_with_errors' });
    expect(more.next_after).toBeNull();
  });

  async function expectDownloads(address: string, sha256: string): Promise<void> {
    const whole = await api.fetch(address, { headers: { 'accept-encoding': 'gzip' } });
    expect(await whole.text()).toBe('%PDF-0123456789');
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': '15',
      'content-disposition': `attachment; filename="Ete _1_.pdf"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22.pdf`,
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
      'last-modified': expect.stringMatching(/GMT$/),
    });
    const head = await api.fetch(address, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '15', '']);
    const get = (headers: Record<string, string>) => api.fetch(address, { headers });
    expect((await get({ 'if-none-match': `"${sha256}"` })).status).toBe(304);
    expect((await get({ 'if-none-match': `"other", W/"${sha256}"` })).status).toBe(304);
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
    const modified = whole.headers.get('last-modified')!;
    expect((await get({ 'if-modified-since': modified })).status).toBe(304);
    expect((await get({ 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' })).status).toBe(200);
    const range = async (value: string, more: Record<string, string> = {}) => {
      const response = await get({ range: value, ...more });
      return [response.status, response.headers.get('content-range'), await response.text()];
    };
    expect(await range('bytes=0-4')).toEqual([206, 'bytes 0-4/15', '%PDF-']);
    expect(await range('bytes=-3')).toEqual([206, 'bytes 12-14/15', '789']);
    expect(await range('bytes=13-99')).toEqual([206, 'bytes 13-14/15', '89']);
    expect((await range('bytes=0-1,3-4'))[0]).toBe(200);
    expect((await range('bytes=0-4', { 'if-range': '"old"' }))[0]).toBe(200);
    expect((await range('bytes=0-4', { 'if-range': `"${sha256}"` }))[0]).toBe(206);
    const outside = await get({ range: 'bytes=15-' });
    expect(outside.headers.get('content-range')).toBe('bytes */15');
    await expectProblem(outside, 416, 'range_not_satisfiable');
  }

  it('pauses, resumes, cancels and deletes, and repeating is harmless', async () => {
    const self = `/api/ocr/tasks/${await newTask()}`;
    const act = (action: string) => api.fetch(`${self}/${action}`, { method: 'POST' });
    for (const [action, status] of [
      ['pause', 'paused'],
      ['pause', 'paused'],
      ['resume', 'queued'],
      ['resume', 'queued'],
    ] as const) {
      const response = await act(action);
      expect([response.status, (await json(response)).status]).toEqual([200, status]);
    }
    await expectProblem(await act('retry'), 409, 'invalid_transition');
    await expectProblem(await api.fetch(self, { method: 'DELETE' }), 409, 'invalid_transition');
    for (const _again of [1, 2]) expect((await json(await act('cancel'))).status).toBe('cancelled');
    await expectProblem(await act('resume'), 409, 'invalid_transition');
    const deleted = await api.fetch(self, { method: 'DELETE' });
    expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    await expectProblem(await api.fetch(self), 404, 'task_not_found');
    await expectProblem(await api.fetch(self, { method: 'DELETE' }), 404, 'task_not_found');
  });

  it('shows why a task failed, and sends it through again', async () => {
    const self = `/api/ocr/tasks/${await newTask({ priority: 'CRITICAL' })}`;
    await api.settlement.failed(await api.claim(), new OcrError('password_required'));
    expect(await json(await api.fetch(self))).toMatchObject({
      status: 'failed',
      error: { code: 'password_required', phase: 'input' },
    });
    await expectProblem(await api.fetch(`${self}/result`), 404, 'result_not_available');
    const retried = await api.fetch(`${self}/retry`, { method: 'POST' });
    expect(await json(retried)).toMatchObject({ status: 'queued', run: 2, error: null });
    expect((await api.fetch(`${self}/retry`, { method: 'POST' })).status).toBe(200);
  });

  it.each(['', '/pages/1', '/events', '/webhooks', '/result'])('knows no task at an unknown id%s', async (path) => {
    await expectProblem(await api.fetch(UNKNOWN + path), 404, 'task_not_found');
    await expectProblem(await api.fetch(`/api/ocr/tasks/nonsense${path}`), 404, 'task_not_found');
  });
});

describe('GET /api/ocr/tasks', () => {
  const list = async (query: string) => json(await api.fetch(`/api/ocr/tasks?${query}`));
  const names = async (query: string) => (await list(query)).tasks.map((task: Json) => task.name);

  beforeAll(async () => {
    for (const [n, priority] of ['LOW', 'HIGH', 'NORMAL', 'HIGH', 'CRITICAL'].entries()) {
      copyFileSync(SAMPLE, join(api.inbox, `list_${n}.tif`));
      await newTask({ document_path: `list_${n}.tif`, priority, metadata: { list: 'yes', n, nested: { even: n % 2 === 0 } } });
    }
  });

  it('filters', async () => {
    const base = 'metadata.list=yes&sort=name';
    expect(await names(base)).toEqual([0, 1, 2, 3, 4].map((n) => `list_${n}.tif`));
    expect(await names(`${base}&priority=high,low`)).toEqual(['list_0.tif', 'list_1.tif', 'list_3.tif']);
    expect(await names(`${base}&priority=HIGH&priority=LOW`)).toEqual(['list_0.tif', 'list_1.tif', 'list_3.tif']);
    expect(await names(`${base}&status=completed,failed`)).toEqual([]);
    expect(await names('metadata[list]=yes&q=T_3')).toEqual(['list_3.tif']);
    expect(await names('q=list%253')).toEqual([]);
    expect(await names(`metadata=${encodeURIComponent('{"n":2}')}`)).toEqual(['list_2.tif']);
    expect(await names(`${base}&metadata=${encodeURIComponent('{"nested":{"even":false}}')}`)).toEqual([
      'list_1.tif',
      'list_3.tif',
    ]);
    expect(await names(`${base}&created_from=2099-01-01`)).toEqual([]);
    expect(await names(`${base}&created_from=2020-01-01&created_to=2099-01-01T00:00:00%2B02:00`)).toHaveLength(5);
  });

  it.each(['created_at', '-created_at', 'name', '-priority', 'updated_at', 'finished_at', 'status'])(
    'pages through by %s without loss',
    async (sort) => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Json = await list(`metadata.list=yes&sort=${sort}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
        seen.push(...page.tasks.map((task: Json) => task.name));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `list_${n}.tif`));
      expect(seen).toEqual(await names(`metadata.list=yes&sort=${sort}`));
    },
  );

  it.each([
    ['status=done', 'status.0'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=x', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['sort=colour', 'sort'],
    ['created_from=yesterday', 'created_from'],
    ['cursor=nonsense', 'cursor'],
    ['metadata=7', 'metadata'],
    ['q=a%00b', 'q'],
    ['metadata.a=%00', 'metadata'],
    ['colour=red', 'colour'],
  ])('refuses ?%s', async (query, field) => {
    const problem = await expectProblem(await api.fetch(`/api/ocr/tasks?${query}`), 422, 'invalid_request');
    expect(problem.errors[0].field).toBe(field);
  });

  const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const anyId = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';

  it.each([
    ['priority', '99999999999'],
    ['priority', '0'],
    ['priority', '5'],
    ['priority', '-1'],
    ['priority', '1e9'],
    ['name', 'a\u0000b'],
    ['name', 'a\ud800'],
    ['status', 'done\u0000'],
    ['status', 'done'],
    ['created_at', 'infinity'],
    ['created_at', '-infinity'],
    ['created_at', '0000-01-01T00:00:00.000Z'],
    ['created_at', '2026-02-30T00:00:00.000Z'],
    ['created_at', '+012026-01-01T00:00:00.000Z'],
    ['created_at', `2026-01-01T00:00:00.${'0'.repeat(40)}Z`],
    ['updated_at', '2026-01-01T24:00:00.000Z'],
    ['updated_at', 'NaN'],
    ['finished_at', '-infinity'],
    ['finished_at', '0000-12-31T23:59:59.999Z'],
  ])('refuses a cursor that is at %s %j', async (sort, value) => {
    const cursor = cursorOf(sort, false, value, anyId);
    const problem = await expectProblem(await api.fetch(`/api/ocr/tasks?sort=${sort}&cursor=${cursor}`), 422, 'invalid_request');
    expect(problem.errors).toEqual([{ field: 'cursor', message: 'This is not a cursor of this API.' }]);
  });

  it('refuses a cursor of another form', async () => {
    const values = [7, null, ['2026-01-01T00:00:00.000Z'], { $gt: '' }, true];
    const cursors = [
      ...values.map((value) => cursorOf('created_at', true, value, anyId)),
      cursorOf('created_at', true, '2026-01-01T00:00:00.000Z', 'nobody'),
      cursorOf('created_at', true, '2026-01-01T00:00:00.000Z', `${anyId}\u0000`),
      cursorOf('created_at', true, '2026-01-01T00:00:00.000Z'),
      cursorOf('constructor', true, 'x', anyId),
    ];
    for (const cursor of cursors) await expectProblem(await api.fetch(`/api/ocr/tasks?cursor=${cursor}`), 422, 'invalid_request');
  });

  it('takes whatever else names a place, however far out', async () => {
    const places = [
      'created_from=0000-01-01',
      'created_to=0000-01-01T00:00:00%2B23:59',
      'created_from=9999-12-31T23:59:59-23:59',
      `sort=name&cursor=${cursorOf('name', false, '\u{1f600}', anyId)}`,
      `sort=created_at&cursor=${cursorOf('created_at', false, '9999-12-31T23:59:59.999Z', anyId)}`,
      `sort=created_at&cursor=${cursorOf('created_at', false, '0001-01-01T00:00:00.000Z', anyId)}`,
      `sort=-finished_at&cursor=${cursorOf('finished_at', true, 'infinity', anyId)}`,
    ];
    for (const place of places) expect((await api.fetch(`/api/ocr/tasks?${place}`)).status, place).toBe(200);
    const [{ task_id: id }] = (await list('limit=1')).tasks;
    const events = async (after: string) => (await api.fetch(`/api/ocr/tasks/${id}/events?after=${after}`)).status;
    for (const after of ['0', '999999999999999999', '000000000000000000']) expect(await events(after), after).toBe(200);
    for (const after of ['9999999999999999999', '-1', '1e3', 'NaN', 'Infinity', '%00', '1.5', '']) {
      expect(await events(after), after).toBe(422);
    }
  });
});

describe('everything around', () => {
  it('lists the engines', async () => {
    const { providers, default_provider, default_language } = await json(await api.fetch('/api/ocr/providers'));
    expect({ default_provider, default_language }).toEqual({ default_provider: 'tesseract_js', default_language: 'eng' });
    expect(providers).toContainEqual(
      expect.objectContaining({
        name: 'tesseract_js',
        ready: true,
        languages: expect.arrayContaining(['eng', 'fra']),
        slots: expect.any(Number),
      }),
    );
    for (const name of ['document_ai', 'textract', 'azure_document_intelligence', 'http', 'openai_vision']) {
      const remote = providers.find((each: { name: string }) => each.name === name);
      expect(remote).toMatchObject({ ready: false, reason: expect.stringMatching(/^Not configured: [a-z_]+/), slots: 4 });
      expect(remote).toMatchObject({
        reason_code: 'not_configured',
        missing_settings: expect.arrayContaining([expect.any(String)]),
      });
    }
  });

  it('knows which addresses and methods there are', async () => {
    await expectProblem(await api.fetch('/api/nothing'), 404, 'not_found');
    const put = await api.fetch('/api/ocr/tasks', { method: 'PUT' });
    expect(put.headers.get('allow')).toBe('GET, HEAD, POST');
    await expectProblem(put, 405, 'method_not_allowed');
    const get = await api.fetch('/api/ocr/upload');
    expect(get.headers.get('allow')).toBe('POST');
    await expectProblem(get, 405, 'method_not_allowed');
    await expectProblem(await api.fetch('/api/ocr/tasks/%E0%A4%A'), 400, 'malformed_request');
  });

  it('gives each call an id and one line in the log', async () => {
    const own = await api.fetch(`${UNKNOWN}?secret=1`, { headers: { 'x-request-id': 'mine-1' } });
    expect(own.headers.get('x-request-id')).toBe('mine-1');
    const strange = await api.fetch('/api/ocr/tasks', { headers: { 'x-request-id': 'a b\tc' } });
    expect(strange.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const file = join(api.settings.log_dir, 'api.log');
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8').includes('mine-1')).toBe(true));
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('mine-1'))
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({
        method: 'GET',
        path: UNKNOWN,
        route: '/api/ocr/tasks/:task_id',
        status: 404,
        code: 'task_not_found',
        ms: expect.any(Number),
        bytes: expect.any(Number),
        task_id: UNKNOWN.split('/').at(-1),
      }),
    ]);
  });

  it('never tells what went wrong inside', async () => {
    await api.database.query('ALTER TABLE ocr_tasks RENAME TO elsewhere');
    try {
      const problem = await expectProblem(await api.fetch(UNKNOWN), 500, 'internal_error');
      expect(JSON.stringify(problem)).not.toMatch(/elsewhere|ocr_tasks|relation|select/i);
      const file = join(api.settings.log_dir, 'api.log');
      await vi.waitFor(() =>
        expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`"request_id":"${problem.request_id}".*ocr_tasks`)),
      );
    } finally {
      await api.database.query('ALTER TABLE elsewhere RENAME TO ocr_tasks');
    }
  });

  it('refuses pages of other sites, and names it does not go by', async () => {
    await expectProblem(await api.post('/api/ocr/tasks', {}, { origin: 'https://evil.example' }), 403, 'origin_not_allowed');
    expect((await submit({}, { origin: api.url })).status).toBe(202);
    const status = await new Promise<number | undefined>((resolve) => {
      httpRequest(`${api.url}/api/ocr/tasks`, { headers: { host: 'rebound.evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  it('describes itself, with every route, its errors, and nothing from outside', async () => {
    const page = await api.fetch('/api/docs');
    expect(page.status).toBe(200);
    const html = await page.text();
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      expect((await api.fetch(new URL(address!, `${api.url}/api/docs`).pathname)).status).toBe(200);
    }
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const init = await (await api.fetch('/api/docs/swagger-ui-init.js')).text();
    expect(init).toContain('"validatorUrl": null');

    const description = await json(await api.fetch('/api/openapi.json'));
    const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method} ${path}`),
    );
    expect(routes.toSorted()).toEqual([
      'delete /api/ocr/tasks/{task_id}',
      'get /api/errors',
      'get /api/errors/{code}',
      'get /api/ocr/attention',
      'get /api/ocr/batches/{batch_id}',
      'get /api/ocr/providers',
      'get /api/ocr/settings',
      'get /api/ocr/tasks',
      'get /api/ocr/tasks/{task_id}',
      'get /api/ocr/tasks/{task_id}/events',
      'get /api/ocr/tasks/{task_id}/pages',
      'get /api/ocr/tasks/{task_id}/pages/{page}',
      'get /api/ocr/tasks/{task_id}/pages/{page}/image',
      'get /api/ocr/tasks/{task_id}/pages/{page}/readings',
      'get /api/ocr/tasks/{task_id}/pages/{page}/readings/{reading_id}',
      'get /api/ocr/tasks/{task_id}/result',
      'get /api/ocr/tasks/{task_id}/webhooks',
      'patch /api/ocr/settings',
      'patch /api/ocr/tasks/{task_id}',
      'post /api/ocr/tasks',
      'post /api/ocr/tasks/actions',
      'post /api/ocr/tasks/batch',
      'post /api/ocr/tasks/{task_id}/cancel',
      'post /api/ocr/tasks/{task_id}/pages/{page}/readings',
      'post /api/ocr/tasks/{task_id}/pages/{page}/readings/{reading_id}/accept',
      'post /api/ocr/tasks/{task_id}/pause',
      'post /api/ocr/tasks/{task_id}/resume',
      'post /api/ocr/tasks/{task_id}/retry',
      'post /api/ocr/tasks/{task_id}/webhooks/{webhook_id}/redeliver',
      'post /api/ocr/upload',
    ]);
    const submitting = description.paths['/api/ocr/tasks'].post;
    expect(submitting.summary).toBeTruthy();
    expect(submitting.responses['422'].content['application/problem+json'].examples).toHaveProperty('invalid_request');
    const body = submitting.requestBody.content['application/json'];
    expect(body.schema.properties.options.properties.mode.enum).toEqual(['skip_text', 'redo', 'force']);
    expect(Object.keys(body.examples)).toContain('path');
    expect(Object.keys(description.components.schemas)).toEqual(
      expect.arrayContaining(['TaskDto', 'ProblemDto', 'ResultDto', 'TaskStatus']),
    );
    expect(Object.keys(description.paths['/api/ocr/tasks/{task_id}/result'].get.responses['200'].content).toSorted()).toEqual([
      'application/json',
      'application/pdf',
      'application/xml',
      'application/zip',
      'text/html',
      'text/markdown',
      'text/plain',
      'text/tab-separated-values',
    ]);
    // What Swagger UI would send along without anybody asking for it.
    const prefilled = Object.values<Record<string, any>>(description.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ parameters = [] }: { parameters?: any[] }) =>
        parameters.filter(({ required, example }) => required !== true && example !== undefined),
      ),
    );
    expect(prefilled).toEqual([]);
    expect(init).toContain('"example": ""');
    expect(
      description.paths['/api/ocr/upload'].post.requestBody.content['multipart/form-data'].schema.properties.dpi,
    ).not.toHaveProperty('example');
    expect(description.components.securitySchemes.bearer).not.toHaveProperty('bearerFormat');
    const pointers = JSON.stringify(description).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    for (const [, name] of pointers) expect(description.components.schemas).toHaveProperty(name!);
  });

  it('describes its errors', async () => {
    expect(await json(await api.fetch('/api/errors/queue_full'))).toEqual({
      code: 'queue_full',
      status: 429,
      phase: 'queue',
      retryable: true,
      title: 'The queue is full',
    });
    await expectProblem(await api.fetch('/api/errors/toString'), 404, 'not_found');
  });
});

describe('with other settings', () => {
  it('asks for a key everywhere but in the descriptions', async () => {
    const closed = await ApiHarness.start({ api_keys: 'key-one,key-two', default_provider: 'tesseract_js' });
    try {
      const refused = await closed.fetch('/api/ocr/tasks');
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
      await expectProblem(refused, 401, 'unauthorized');
      await expectProblem(await closed.fetch('/API/ocr/tasks'), 401, 'unauthorized');
      await expectProblem(await closed.fetch('/api/anything'), 401, 'unauthorized');
      await expectProblem(await closed.fetch('/api/ocr/tasks?api_key=key-one'), 401, 'unauthorized');
      expect((await closed.fetch('/api/ocr/tasks', { headers: { authorization: 'Bearer key-one' } })).status).toBe(200);
      expect((await closed.fetch('/api/ocr/tasks', { headers: { 'x-api-key': 'key-two' } })).status).toBe(200);
      for (const open of ['/api/docs', '/api/openapi.json', '/api/errors']) expect((await closed.fetch(open)).status).toBe(200);
    } finally {
      await closed.close();
    }
  });

  it('answers 429 when the queue is full, and lets listed origins in', async () => {
    const full = await ApiHarness.start({
      max_queued_tasks: 1,
      cors_origins: 'https://friend.example',
      default_provider: 'tesseract_js',
    });
    try {
      copyFileSync(SAMPLE, join(full.inbox, 'a.tif'));
      const headers = { origin: 'https://friend.example' };
      const first = await full.post('/api/ocr/tasks', { document_path: 'a.tif' }, headers);
      expect([first.status, first.headers.get('access-control-allow-origin')]).toEqual([202, 'https://friend.example']);
      const second = await full.post('/api/ocr/tasks', { document_path: 'a.tif' });
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
      await expectProblem(second, 429, 'queue_full');
      // An upload is refused before all of it is there.
      expect(await answerBeforeTheRest(full, '')).toBe(429);
      const preflight = await full.fetch('/api/ocr/tasks', {
        method: 'OPTIONS',
        headers: { ...headers, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
      expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'content-type']);
    } finally {
      await full.close();
    }
  });
});
