import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServerHome, ServerProcess } from '../support/server-process.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const SAMPLE = new URL('../documents/phototest.tif', import.meta.url).pathname;
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const LIMIT = 120_000;

const home = new ServerHome();
const servers: ServerProcess[] = [];
let database: TestDatabase;
let receiver: WebhookReceiver;

beforeAll(async () => {
  database = await startTestDatabase();
  receiver = await WebhookReceiver.start();
  copyFileSync(SAMPLE, join(home.inbox, 'phototest.tif'));
});
afterAll(async () => {
  for (const server of servers) await server.end('SIGKILL');
  await receiver?.close();
  await database?.stop();
  home.remove();
});

const start = async () => {
  const server = await ServerProcess.start(home, {
    DATABASE_URL: database.url,
    OCR_WEBHOOK_SECRET: SECRET,
    OCR_WEBHOOK_ALLOW_PRIVATE: 'true',
    OCR_SHUTDOWN_GRACE: '0',
  });
  servers.push(server);
  return server;
};

it(
  'tells where the results are once a document is read, also when the server is killed with the receiver’s answer on its way',
  async () => {
    const first = await start();
    let killed: Promise<unknown> | undefined;
    receiver.answer = (response) => {
      if (killed !== undefined) return void response.writeHead(204).end();
      killed = first.end('SIGKILL');
    };
    const { task_id } = await first.post<{ task_id: string }>('/api/ocr/tasks', {
      document_path: 'phototest.tif',
      options: { formats: ['json', 'txt'], webhook_url: `${receiver.url().replace('://', '://me:geheim@')}?key=geheim` },
    });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: LIMIT, interval: 100 });
    await killed;
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query('SELECT state, attempts FROM ocr_webhook_deliveries');
    expect(rows).toEqual([{ state: 'waiting', attempts: 1 }]);
    // The time until the killed server is believed lost passes.
    await client.query('UPDATE ocr_webhook_deliveries SET next_attempt_at = now()');
    await client.end();

    const second = await start();
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2), { timeout: LIMIT, interval: 100 });
    const [once, again] = receiver.received;
    expect([again?.raw, again?.headers['webhook-id']]).toEqual([once?.raw, once?.headers['webhook-id']]);
    const body = new Webhook(SECRET).verify(again!.raw, again!.headers as Record<string, string>);
    expect(body).toMatchObject({ task_id, type: 'task.completed', status: 'completed', pages: { total: 1, done: 1, failed: 0 } });
    expect(await second.text(again!.body.results.txt!.href)).toContain('This is a lot of 12 point text');
    expect(await second.text(again!.body.results.json!.href), 'a result says nothing of where it was told').not.toMatch(
      /webhook|geheim/,
    );
    await vi.waitFor(async () => {
      expect(await second.get(`/api/ocr/tasks/${task_id}/webhooks`)).toMatchObject({
        webhooks: [{ state: 'delivered', attempts: 2 }],
      });
    });
    expect(await second.end()).toBe(0);
    const logs = readdirSync(home.logs).map((name) => readFileSync(join(home.logs, name), 'utf8'));
    expect(logs.join('')).toContain('webhook delivered');
    expect([...logs, first.output, second.output].join('')).not.toMatch(new RegExp(`geheim|${SECRET.slice(6, 30)}`));
  },
  2 * LIMIT,
);
