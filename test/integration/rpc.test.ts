import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNode, type RunningNode } from '../../src/bootstrap.js';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';

const NO_TASK = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;

let database: TestDatabase;
let folder: string;
let node: RunningNode;
let client: ClientProxy;

beforeAll(async () => {
  database = await startTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'ocr-rpc-'));
  mkdirSync(join(folder, 'inbox'));
  copyFileSync(SAMPLE, join(folder, 'inbox', 'phototest.tif'));
  const port = await freePort();
  node = await startNode({
    database_url: database.url,
    data_dir: join(folder, 'data'),
    log_dir: join(folder, 'logs'),
    log_console: 'off',
    input_roots: [join(folder, 'inbox')],
    default_provider: 'tesseract_js',
    port: 0,
    rpc_port: port,
    roles: ['api'],
    api_keys: ['secret'],
  });
  client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
});
afterAll(async () => {
  await client?.close();
  await node?.close();
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = <Answer>(pattern: string, payload: object): Promise<Answer> =>
  firstValueFrom(client.send<Answer>(pattern, { api_key: 'secret', ...payload }));

it('takes a document in and does to its task what a service asks for', async () => {
  const document = { document_path: 'phototest.tif', priority: 'high', idempotency_key: 'once' };
  const submitted = await call<{ task_id: string; created: boolean }>('ocr.submit', document);
  expect(submitted.created).toBe(true);
  expect(await call('ocr.submit', document)).toEqual({ task_id: submitted.task_id, created: false });
  const task = { task_id: submitted.task_id };
  expect(await call('ocr.status', task)).toMatchObject({ ...task, status: 'queued', progress: 0 });
  expect(await call('ocr.pause', task)).toMatchObject({ ...task, status: 'paused' });
  expect(await call('ocr.resume', task)).toMatchObject({ ...task, status: 'queued' });
  expect(await call('ocr.stats', {})).toMatchObject({ queue: { tasks: 1 } });
  expect(await call('ocr.cancel', task)).toMatchObject({ ...task, status: 'cancelled' });
  await expect(call('ocr.pause', task)).rejects.toMatchObject({ code: 'invalid_transition', retryable: false });
  const overRest = await fetch(`${node.url}/api/ocr/tasks/${submitted.task_id}`, { headers: { 'x-api-key': 'secret' } });
  expect(await overRest.json()).toMatchObject({ priority: 'HIGH', status: 'cancelled' });
});

it('judges what comes in as the API does', async () => {
  const wrong = call('ocr.submit', { document_path: 'phototest.tif', options: { dpi: 'high' } });
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_request', fields: [{ field: 'options.dpi' }] });
  await expect(call('ocr.submit', { document_path: '/etc/passwd' })).rejects.toMatchObject({ code: 'path_not_allowed' });
  await expect(call('ocr.status', { task_id: NO_TASK })).rejects.toMatchObject({ code: 'task_not_found' });
  const noId = { code: 'invalid_request', fields: [{ field: 'task_id', message: 'must be a UUID' }] };
  await expect(call('ocr.status', { task_id: 'x' })).rejects.toMatchObject(noId);
});

it('says who was asked for where another one reads, each time it is asked', async () => {
  const document = { document_path: 'phototest.tif', options: { ocr_provider: 'document_ai' }, idempotency_key: 'stood-in-for' };
  for (const created of [true, false])
    expect(await call('ocr.submit', document)).toMatchObject({ created, requested_provider: 'document_ai' });
});

it('asks for the key where keys are set', async () => {
  await expect(call('ocr.status', { task_id: NO_TASK, api_key: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(call('ocr.stats', { api_key: undefined })).rejects.toMatchObject({ code: 'unauthorized' });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
