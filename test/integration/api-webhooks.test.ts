import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startNode, type RunningNode } from '../../src/bootstrap.js';
import { Database } from '../../src/database/database.js';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';
import { expectProblem, json, type Json } from '../support/problems.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const NOBODY = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const SECRETS = [1, 2].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`);
const ENDS = ['task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled'];

let database: TestDatabase;
let folder: string;
let node: RunningNode;
let receiver: WebhookReceiver;

/** A node that takes documents in and tells others, but reads nothing. */
beforeAll(async () => {
  database = await startTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'ocr-webhooks-'));
  mkdirSync(join(folder, 'inbox'));
  copyFileSync(SAMPLE, join(folder, 'inbox', 'phototest.tif'));
  receiver = await WebhookReceiver.start();
  node = await start();
});
afterAll(async () => {
  await node?.close();
  await receiver?.close();
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answerWith(204);
});

const start = (overrides: Record<string, unknown> = {}) =>
  startNode({
    database_url: database.url,
    data_dir: join(folder, 'data'),
    log_dir: join(folder, 'logs'),
    log_console: 'off',
    input_roots: [join(folder, 'inbox')],
    default_provider: 'tesseract_js',
    port: 0,
    roles: ['api', 'scheduler'],
    webhook_secret: SECRETS.join(','),
    webhook_allow_private: true,
    url_allow_private: true,
    ...overrides,
  });

const post = (path: string, body: unknown = {}, url = node.url) =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const get = async (path: string) => json(await fetch(node.url + path));
const submit = (options: object, more: object = { document_path: 'phototest.tif' }) =>
  post('/api/ocr/tasks', { ...more, options });
const submitted = async (options: object, more?: object): Promise<string> => (await json(await submit(options, more))).task_id;
const cancel = (id: string) => post(`/api/ocr/tasks/${id}/cancel`);
const told = (count: number) => vi.waitFor(() => expect(receiver.received).toHaveLength(count), { timeout: 5000 });
const webhooksOf = async (id: string): Promise<Json[]> => (await get(`/api/ocr/tasks/${id}/webhooks`)).webhooks;
const ended = (id: string) =>
  vi.waitFor(
    async () => {
      const webhooks = await webhooksOf(id);
      expect(webhooks.every(({ state }) => state !== 'waiting')).toBe(true);
      return webhooks;
    },
    { timeout: 5000 },
  );

describe('a task with a webhook', () => {
  const hidden = () => `${receiver.url('/hooks').replace('://', '://me:geheim1@')}?key=geheim2`;

  it('has it told how it ended, signed with each secret, and shows what was sent', async () => {
    const id = await submitted({ webhook_url: hidden() });
    await cancel(id);
    await told(1);
    const [{ raw, headers, body, path }] = receiver.received as [(typeof receiver.received)[0]];
    for (const secret of SECRETS) expect(new Webhook(secret).verify(raw, headers as Record<string, string>)).toEqual(body);
    expect(body).toMatchObject({ task_id: id, type: 'task.cancelled', name: 'phototest.tif', status: 'cancelled' });
    expect([path, headers.authorization]).toEqual(['/hooks?key=geheim2', `Basic ${btoa('me:geheim1')}`]);
    expect(await ended(id)).toEqual([
      {
        webhook_id: body.id,
        type: 'task.cancelled',
        event_id: body.event_id,
        url: receiver.url('/hooks'),
        state: 'delivered',
        attempts: 1,
        next_attempt_at: null,
        last_attempt_at: expect.any(String),
        last_status: 204,
        error: null,
        created_at: body.created_at,
        ended_at: expect.any(String),
      },
    ]);
  });

  it('shows its address without what may be secret, wherever it is shown', async () => {
    const id = await submitted({ webhook_url: hidden(), webhook_events: ['task.failed', 'task.paused'] });
    await post(`/api/ocr/tasks/${id}/pause`);
    await told(1);
    receiver.answerWith(404);
    await ended(id);
    const task = await get(`/api/ocr/tasks/${id}`);
    expect(task.options).toMatchObject({ webhook_url: receiver.url('/hooks'), webhook_events: ['task.failed', 'task.paused'] });
    const shown = await Promise.all(
      [
        `/api/ocr/tasks/${id}`,
        `/api/ocr/tasks/${id}/events`,
        `/api/ocr/tasks/${id}/webhooks`,
        '/api/ocr/tasks',
        '/api/ocr/settings',
        '/api/ocr/attention',
        '/metrics',
      ].map(async (path) => (await fetch(node.url + path)).text()),
    );
    const logs = readdirSync(join(folder, 'logs')).map((name) => readFileSync(join(folder, 'logs', name), 'utf8'));
    expect(logs.join('')).toContain('webhook delivered');
    expect([...shown, ...logs].join('')).not.toMatch(
      new RegExp(['geheim', ...SECRETS.map((secret) => secret.slice(6, 20))].join('|')),
    );
    await cancel(id);
  });

  it('comes in by every way', async () => {
    const options = { webhook_url: receiver.url(), webhook_events: ['task.cancelled', 'task.cancelled'] };
    const form = new FormData();
    form.set('file', new Blob([readFileSync(SAMPLE)]), 'upload.tif');
    form.set('webhook_url', receiver.url());
    form.set('webhook_events', 'task.cancelled, task.failed');
    const upload = await json(await fetch(`${node.url}/api/ocr/upload`, { method: 'POST', body: form }));
    const batch = await json(
      await post('/api/ocr/tasks/batch', { documents: [1, 2].map(() => ({ document_path: 'phototest.tif', options })) }),
    );
    const ids: string[] = [
      upload.task_id,
      ...batch.tasks.map(({ task_id }: Json) => task_id),
      await submitted(options, { document_url: receiver.url('/document.tif') }),
      await submitted(options),
    ];
    expect((await get(`/api/ocr/tasks/${ids[0]}`)).options.webhook_events).toEqual(['task.cancelled', 'task.failed']);
    expect((await get(`/api/ocr/tasks/${ids[1]}`)).options.webhook_events).toEqual(['task.cancelled']);
    for (const id of ids) await cancel(id);
    await told(5);
    expect(receiver.received.map(({ body }) => body.task_id).sort()).toEqual([...ids].sort());
  });

  it('keeps it when it is retried, or gets another one', async () => {
    const id = await submitted({ webhook_url: receiver.url('/first') });
    const fail = () =>
      node.app
        .get(Database)
        .query(`UPDATE ocr_tasks SET status = 'failed', error = '{"code": "engine_failed"}', finished_at = now() WHERE id = $1`, [
          id,
        ]);
    await fail();
    await post(`/api/ocr/tasks/${id}/retry`);
    await fail();
    await post(`/api/ocr/tasks/${id}/retry`, { options: { webhook_events: ['task.cancelled'] } });
    expect((await get(`/api/ocr/tasks/${id}`)).options).toMatchObject({
      webhook_url: receiver.url('/first'),
      webhook_events: ['task.cancelled'],
    });
    await fail();
    await post(`/api/ocr/tasks/${id}/retry`, { options: { webhook_url: receiver.url('/second') } });
    await cancel(id);
    await told(1);
    expect(receiver.received[0]).toMatchObject({ path: '/second', body: { type: 'task.cancelled', run: 4 } });
  });

  it('lists them page by page, and sends one once more', async () => {
    receiver.answerWith(410);
    const id = await submitted({ webhook_url: receiver.url(), webhook_events: ['task.paused', 'task.resumed', ...ENDS] });
    for (const action of ['pause', 'resume', 'cancel']) await post(`/api/ocr/tasks/${id}/${action}`);
    const [first, second, third] = await ended(id);
    expect([first, second, third]).toMatchObject([
      {
        type: 'task.paused',
        state: 'failed',
        last_status: 410,
        error: { code: 'webhook_refused' },
        ended_at: expect.any(String),
      },
      { type: 'task.resumed' },
      { type: 'task.cancelled' },
    ]);
    const page = await get(`/api/ocr/tasks/${id}/webhooks?limit=2`);
    expect(page).toMatchObject({ webhooks: [{ webhook_id: first?.webhook_id }, {}], next_after: second?.webhook_id });
    expect(await get(`/api/ocr/tasks/${id}/webhooks?limit=2&after=${page.next_after}`)).toMatchObject({
      webhooks: [{ webhook_id: third?.webhook_id }],
      next_after: null,
    });
    receiver.answerWith(200);
    receiver.received.length = 0;
    const again = await post(`/api/ocr/tasks/${id}/webhooks/${first?.webhook_id}/redeliver`);
    expect(again.status).toBe(202);
    expect(await json(again)).toMatchObject({
      webhook_id: first?.webhook_id,
      state: 'waiting',
      next_attempt_at: expect.any(String),
    });
    await told(1);
    expect(receiver.received[0]?.headers['webhook-id']).toBe(first?.webhook_id);
    expect((await ended(id))[0]).toMatchObject({ state: 'delivered', last_status: 200, error: null });
    await expectProblem(await fetch(`${node.url}/api/ocr/tasks/${id}/webhooks?limit=0`), 422, 'invalid_request');
    await expectProblem(await fetch(`${node.url}/api/ocr/tasks/${id}/webhooks?after=1`), 422, 'invalid_request');
    await expectProblem(await fetch(`${node.url}/api/ocr/tasks/${NOBODY}/webhooks`), 404, 'task_not_found');
    await expectProblem(await post(`/api/ocr/tasks/${id}/webhooks/${NOBODY}/redeliver`), 404, 'webhook_not_found');
    await expectProblem(await post(`/api/ocr/tasks/${NOBODY}/webhooks/${NOBODY}/redeliver`), 404, 'task_not_found');
  });

  it('is counted in the metrics', async () => {
    await node.app.get(Database).query('DELETE FROM ocr_webhook_deliveries');
    receiver.answerWith(503);
    const id = await submitted({ webhook_url: receiver.url() });
    await cancel(id);
    await told(1);
    const metrics = await vi.waitFor(async () => {
      const text = await (await fetch(`${node.url}/metrics`)).text();
      expect(text).toMatch(/ocr_webhooks_total\{outcome="retrying"\} 1/);
      return text;
    });
    expect(metrics).toMatch(/ocr_webhooks_total\{outcome="delivered"\} \d/);
    expect(metrics).toMatch(/ocr_webhooks_total\{outcome="failed"\} \d/);
    expect(metrics).toMatch(/ocr_webhooks_waiting 1\n/);
    expect(metrics).toMatch(/ocr_webhooks_oldest_wait_seconds [\d.e-]+\n/);
  });
});

describe('a webhook that may not be', () => {
  it.each(['ftp://example.com/', 'no address', 'file:///etc/passwd', 'http://0.0.0.0/', 'http://169.254.169.254/latest'])(
    'is refused when it is asked for: %s',
    async (webhook_url) => {
      const problem = await expectProblem(await submit({ webhook_url }), 403, 'webhook_not_allowed');
      expect(problem.errors).toMatchObject([{ field: 'options.webhook_url' }]);
    },
  );

  it('is refused when its host name is longer than any is', async () => {
    for (const host of ['漢'.repeat(2000), `${'x'.repeat(60)}.`.repeat(5)])
      await expectProblem(await submit({ webhook_url: `https://${host}example/` }), 403, 'webhook_not_allowed');
  });

  it('is refused when it leads to a private address', async () => {
    const strict = await start({ webhook_allow_private: false, roles: ['api'], log_dir: join(folder, 'logs-of-another') });
    for (const webhook_url of [receiver.url(), 'http://localhost/', 'http://[::1]/', 'https://10.1.2.3/']) {
      const body = { document_path: 'phototest.tif', options: { webhook_url } };
      await expectProblem(await post('/api/ocr/tasks', body, strict.url), 403, 'webhook_not_allowed');
      const batch = await json(await post('/api/ocr/tasks/batch', { documents: [body, body] }, strict.url));
      expect(JSON.stringify(batch)).toContain('webhook_not_allowed');
    }
    await strict.close();
  });

  it('is refused where its events are unknown, or have no address', async () => {
    for (const webhook_events of [['chunk.completed'], []])
      await expectProblem(await submit({ webhook_url: receiver.url(), webhook_events }), 422, 'invalid_request');
    const problem = await expectProblem(await submit({ webhook_events: ['task.failed'] }), 422, 'invalid_request');
    expect(problem.errors).toMatchObject([{ field: 'options.webhook_events' }]);
  });
});

it('an address only another process has is told of what this one ends', async () => {
  const sender = await start({ roles: ['scheduler'], webhook_url: receiver.url('/all') });
  try {
    await cancel(await submitted({}));
    await told(1);
    expect(receiver.received[0]).toMatchObject({ path: '/all', body: { type: 'task.cancelled' } });
  } finally {
    await sender.close();
  }
});
