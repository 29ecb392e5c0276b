import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiHarness } from '../support/api-harness.js';
import { json, type Json } from '../support/problems.js';

const DOCUMENT = new URL('../documents/phototest.tif', import.meta.url).pathname;

let api: ApiHarness;
let description: Json;
let ajv: Ajv2020;
let id: string;

beforeAll(async () => {
  api = await ApiHarness.start({ default_provider: 'tesseract_js' });
  description = await json(await api.fetch('/api/openapi.json'));
  // A word of 3.0 that says nothing in 3.1; ajv would heed it all the same.
  expect(JSON.stringify(description)).not.toContain('"nullable"');
  ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...description });
  copyFileSync(DOCUMENT, join(api.inbox, 'a.tif'));
  id = (await json(await api.post('/api/ocr/tasks', { document_path: 'a.tif' }))).task_id;
});
afterAll(() => api.close());

/** What the API's own description has against an answer: nothing, when it is as described. */
async function objections(path: string, method: string, response: Response): Promise<unknown> {
  const described = description.paths[path][method].responses[response.status];
  if (described === undefined) return `${response.status} is not described`;
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const schema = described.content?.[type]?.schema;
  if (schema === undefined) return `${type} is not described`;
  const place = ['paths', path, method, 'responses', String(response.status), 'content', type, 'schema'];
  const validate = ajv.compile({ $ref: `api#/${place.map(pointer).join('/')}` });
  return validate(await response.json()) ? undefined : validate.errors;
}

function pointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

it.each([
  '/api/ocr/tasks',
  '/api/ocr/tasks/{task_id}',
  '/api/ocr/tasks/{task_id}/events',
  '/api/ocr/tasks/{task_id}/webhooks',
  '/api/ocr/attention',
  '/api/ocr/providers',
  '/api/ocr/settings',
  '/api/errors',
])('answers GET %s as described, values that are null among them', async (path) => {
  expect(await objections(path, 'get', await api.fetch(path.replace('{task_id}', id)))).toBeUndefined();
});

it('answers with a failed task, and lists it, as described', async () => {
  const failed = (await json(await api.post('/api/ocr/tasks', { document_path: 'a.tif' }))).task_id;
  await api.database.query(`UPDATE ocr_tasks SET status = 'failed', finished_at = now(), error = $2 WHERE id = $1`, [
    failed,
    { code: 'damaged_document', phase: 'input', message: 'Broken', retryable: false },
  ]);
  for (const path of ['/api/ocr/tasks/{task_id}', '/api/ocr/tasks', '/api/ocr/attention'])
    expect(await objections(path, 'get', await api.fetch(path.replace('{task_id}', failed)))).toBeUndefined();
});

it('describes how every route refuses a body it cannot take', async () => {
  const bodies = [
    { 'content-type': 'application/json', body: '{' },
    { 'content-type': 'text/plain', body: 'hello' },
    { 'content-type': 'application/json', body: `"${'x'.repeat(21 * 1024 * 1024)}"` },
  ];
  const undescribed: string[] = [];
  for (const [path, methods] of Object.entries<object>(description.paths))
    for (const method of Object.keys(methods).filter((name) => name === 'post' || name === 'patch'))
      for (const { body, ...headers } of bodies) {
        const address = path.replace(/\{\w+\}/g, id);
        const found = await objections(path, method, await api.fetch(address, { method: method.toUpperCase(), headers, body }));
        if (found !== undefined) undescribed.push(`${method} ${path}: ${JSON.stringify(found)}`);
      }
  expect(undescribed).toEqual([]);
});

it('judges a body however deep it is', async () => {
  const deep = `{"priority":"HIGH","more":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
  for (const [method, path] of [
    ['PATCH', `/api/ocr/tasks/${id}`],
    ['POST', '/api/ocr/tasks'],
    ['POST', `/api/ocr/tasks/${id}/retry`],
    ['PATCH', '/api/ocr/settings'],
  ] as const) {
    const response = await api.fetch(path, { method, headers: { 'content-type': 'application/json' }, body: deep });
    expect({ path, status: response.status }).toEqual({ path, status: 422 });
  }
});
