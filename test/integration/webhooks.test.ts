import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Settings } from '../../src/config/settings.js';
import type { Database, Statement } from '../../src/database/database.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import type { Logs } from '../../src/logging/logs.js';
import { UrlGuard } from '../../src/storage/url-guard.js';
import { WebhookAddresses } from '../../src/storage/webhook-addresses.js';
import type { TaskOptions } from '../../src/task-manager/task.types.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { OverdueWebhooks } from '../../src/webhooks/overdue-webhooks.js';
import { claimDeliveries, waitingReceivers } from '../../src/webhooks/sql/deliveries.sql.js';
import { WebhookDeliveries } from '../../src/webhooks/webhook-deliveries.js';
import { WebhookForAll } from '../../src/webhooks/webhook-for-all.js';
import { WebhookSender } from '../../src/webhooks/webhook-sender.js';
import type { Delivery } from '../../src/webhooks/webhook.types.js';
import { buffersOf, explaining, tablesReadThrough, type Explained } from '../support/explain.js';
import { QueueHarness, type LogLine } from '../support/queue-harness.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;
const ENDS: TaskOptions['webhook_events'] = ['task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled'];
const FIRST = '00000000-0000-0000-0000-000000000000';

describe('webhooks', () => {
  let queue: QueueHarness;
  let receiver: WebhookReceiver;
  let log: LogLine[];
  let senders: WebhookSender[];

  beforeEach(async () => {
    queue = await QueueHarness.start({ webhook_secret: SECRET, webhook_allow_private: true, max_attempts: 1 });
    receiver = await WebhookReceiver.start();
    log = [];
    senders = [];
  });
  afterEach(async () => {
    await Promise.all(senders.map((sender) => sender.stop(0)));
    await receiver.close();
    await queue.close();
  });

  const logs = () => {
    const tasks = pino({ base: null }, { write: (line) => void log.push(JSON.parse(line) as LogLine) });
    return { queue: tasks, tasks } as unknown as Logs;
  };
  const senderOf = (
    overrides: Partial<Settings> = {},
    database: Database = queue.database,
    addresses: UrlGuard = new WebhookAddresses({ ...queue.settings, ...overrides }),
  ) => {
    const settings = { ...queue.settings, ...overrides };
    const sender = new WebhookSender(database, addresses as WebhookAddresses, new WorkObserver(), logs(), settings);
    senders.push(sender);
    return sender;
  };
  /** What a process with these settings has to do with the address for all tasks. */
  const forAllOf = (overrides: Partial<Settings> = {}) =>
    new WebhookForAll(queue.database, logs(), { ...queue.settings, ...overrides });
  /** What a node sends that has just started: it knows of no receiver. */
  const sendAll = async (sender = senderOf()) => {
    await sender.runOnce();
    await sender.idle();
  };
  const submit = (webhook_url?: string, webhook_events = ENDS, options: Partial<TaskOptions> = {}) =>
    queue.submit({ options: { ...options, ...(webhook_url === undefined ? {} : { webhook_url, webhook_events }) } });
  const cancelled = async (url?: string) => {
    const id = await submit(url);
    await queue.tasks.cancel(id);
    return id;
  };
  const deliveriesOf = (taskId: string) => new WebhookDeliveries(queue.database, queue.queries).list(taskId, FIRST, 100);
  const deliveryOf = async (taskId: string): Promise<Delivery> => {
    const [delivery, ...others] = await deliveriesOf(taskId);
    expect(others).toEqual([]);
    return delivery!;
  };
  const count = async () => (await queue.database.query('SELECT FROM ocr_webhook_deliveries')).rowCount;
  /** Lets so much time pass for all deliveries. */
  const pass = (seconds: number) =>
    queue.database.query(
      `UPDATE ocr_webhook_deliveries SET next_attempt_at = next_attempt_at - make_interval(secs => $1),
         waiting_since = waiting_since - make_interval(secs => $1)`,
      [seconds],
    );

  it('tell of a completed task, signed as Standard Webhooks has it', async () => {
    const id = await queue.submit({
      metadata: { invoice: 7 },
      tenant: 'archive',
      options: { webhook_url: receiver.url(), webhook_events: ENDS },
    });
    await queue.workOff(await queue.node());
    await sendAll();
    expect(receiver.received).toHaveLength(1);
    const [{ headers, raw, body } = (() => expect.fail())()] = receiver.received;
    expect(new Webhook(SECRET).verify(raw, headers as Record<string, string>)).toEqual(body);
    expect(() => new Webhook(SECRET).verify(`${raw} `, headers as Record<string, string>)).toThrow();
    const [completed] = (await queue.queries.events(id)).filter(({ type }) => type === 'task.completed');
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'webhook-id': body.id });
    expect(body).toMatchObject({
      type: 'task.completed',
      event_id: completed?.id,
      created_at: completed?.created_at.toISOString(),
      task_id: id,
      status: 'completed',
      tenant: 'archive',
      metadata: { invoice: 7 },
      pages: { total: 7, done: 7, failed: 0 },
      failed_pages: [],
      error: null,
      links: { self: `/api/ocr/tasks/${id}`, result: `/api/ocr/tasks/${id}/result` },
    });
    expect(await deliveryOf(id)).toMatchObject({ id: body.id, state: 'delivered', attempts: 1, last_status: 204, error: null });
    expect(completed?.data).toMatchObject({ webhook: true });
    await sendAll();
    expect(receiver.received, 'it is sent once').toHaveLength(1);
  });

  it('tell where the results are, and nothing of where they are kept', async () => {
    const id = await submit(receiver.url());
    const node = await queue.node();
    await queue.prepare(node, 1);
    const chunk = await queue.mustClaim(node);
    await queue.readPages(chunk);
    await queue.settlement.chunkFinished(chunk);
    const result = { key: 'tasks/secret/key', size: 3, sha256: 'abc', content_type: 'text/plain', file_name: 'document.txt' };
    await queue.settlement.merged(await queue.mustClaim(node), { txt: result });
    await sendAll();
    expect(receiver.received[0]?.body.results).toEqual({
      txt: {
        href: `/api/ocr/tasks/${id}/result?format=txt`,
        size: 3,
        sha256: 'abc',
        content_type: 'text/plain',
        file_name: 'document.txt',
        delivered_to: null,
      },
    });
  });

  it('tell of tasks that end otherwise: with failed pages, failed, cancelled', async () => {
    const partly = await submit(receiver.url('/partly'), ENDS, { chunk_size: 1 });
    const node = await queue.node();
    await queue.prepare(node, 2);
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('engine_failed', { detail: 'No idea.' }));
    await queue.workOff(node);
    const failed = await submit(receiver.url('/failed'));
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('damaged_document'));
    const unread = await submit(receiver.url('/unread'));
    await queue.prepare(node, 1);
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('engine_failed'));
    const gone = await cancelled(receiver.url('/cancelled'));
    // The last one stands for a receiver that answers: only then it is given several at a time.
    for (let round = 0; round < 4; round++) await sendAll();
    const told = Object.fromEntries(receiver.received.map(({ path, body }) => [path, body]));
    expect(told['/partly']).toMatchObject({
      task_id: partly,
      type: 'task.completed_with_errors',
      status: 'completed_with_errors',
      pages: { total: 2, done: 1, failed: 1 },
      failed_pages: [{ page: 1, code: 'engine_failed', message: 'No idea.' }],
    });
    expect(told['/failed']).toMatchObject({ task_id: failed, type: 'task.failed', error: { code: 'damaged_document' } });
    expect(told['/unread']).toMatchObject({ task_id: unread, type: 'task.failed', error: { code: 'engine_failed' } });
    expect(told['/cancelled']).toMatchObject({ task_id: gone, type: 'task.cancelled', status: 'cancelled', results: {} });
  });

  it('are nothing to tasks that name none', async () => {
    const id = await submit();
    await queue.workOff(await queue.node());
    await cancelled();
    expect(await count()).toBe(0);
    const events = await queue.queries.events(id);
    expect(events.filter(({ data }) => 'webhook' in data)).toEqual([]);
  });

  it('tell of the events a task names, at each of its runs, and as things stood then', async () => {
    const id = await submit(receiver.url(), ['task.failed', 'task.retried', 'task.paused']);
    await queue.tasks.pause(id);
    await queue.tasks.resume(id);
    await queue.settlement.failed(await queue.mustClaim(await queue.node()), new OcrError('damaged_document'));
    await queue.tasks.retry(id);
    await queue.tasks.cancel(id);
    for (let round = 0; round < 3; round++) await sendAll();
    const told = receiver.received.map(({ body }) => [body.type, body.status, body.run]);
    expect(told.sort()).toEqual([
      ['task.failed', 'failed', 1],
      ['task.paused', 'paused', 1],
      ['task.retried', 'queued', 2],
    ]);
  });

  it('tell of the usual events of a task that is given its address by a retry of many', async () => {
    const id = await submit();
    await queue.settlement.failed(await queue.mustClaim(await queue.node()), new OcrError('damaged_document'));
    await queue.tasks.retry(id, { webhook_url: receiver.url() });
    await queue.tasks.cancel(id);
    await sendAll();
    expect(receiver.received.map(({ body }) => body.type)).toEqual(['task.cancelled']);
  });

  it('go to the address configured for all tasks besides, which is trusted, and not written down', async () => {
    const all = await WebhookReceiver.start();
    await queue.close();
    const webhook_url = all.url('/all?key=hidden').replace('://', '://me:word@');
    queue = await QueueHarness.start({ webhook_url });
    await forAllOf().runOnce();
    const plain = await cancelled();
    const own = await cancelled('http://127.0.0.1:9/');
    await sendAll(senderOf());
    await sendAll(senderOf());
    expect(all.received.map(({ body }) => body.task_id).sort()).toEqual([plain, own].sort());
    expect(all.received[0]).toMatchObject({
      path: '/all?key=hidden',
      headers: { authorization: `Basic ${btoa('me:word')}` },
    });
    expect(all.received[0]?.headers).not.toHaveProperty('webhook-signature');
    const { rows } = await queue.database.query(`SELECT d::text AS row FROM ocr_webhook_deliveries d WHERE receiver = '*'`);
    expect(rows).toHaveLength(2);
    const { rows: said } = await queue.database.query('SELECT * FROM ocr_settings');
    expect(JSON.stringify([rows, said, log])).not.toMatch(/hidden|word/);
    expect(JSON.stringify(said)).not.toContain('127.0.0.1');
    // A node that does not know the address leaves them to others.
    await queue.database.query(
      `UPDATE ocr_webhook_deliveries SET state = 'waiting', ended_at = NULL, next_attempt_at = now() WHERE receiver = '*'`,
    );
    await sendAll(senderOf({ webhook_url: undefined }));
    expect(all.received).toHaveLength(2);
    await all.close();
  });

  describe('for all tasks', () => {
    const warnings = () => log.filter(({ level }) => level === 40).map(({ msg }) => msg);
    const completed = async () => {
      const id = await submit();
      await queue.workOff(await queue.node());
      return id;
    };
    const DAY = 24 * 3600 * 1000;

    it('are written by whichever process ends a task, though only a scheduler has the address', async () => {
      const webhook_url = receiver.url('/all');
      await completed();
      expect(await count(), 'nothing is written while nobody is told').toBe(0);
      await forAllOf({ webhook_url, roles: ['scheduler'] }).runOnce();
      const id = await completed();
      const failed = await submit();
      await queue.settlement.failed(await queue.mustClaim(await queue.node()), new OcrError('damaged_document'));
      const paused = await submit();
      await queue.tasks.pause(paused);
      const sender = senderOf({ webhook_url });
      for (let turn = 0; turn < 2; turn++) await sendAll(sender);
      expect(receiver.received.map(({ body }) => [body.type, body.task_id]).sort()).toEqual([
        ['task.completed', id],
        ['task.failed', failed],
      ]);
      await forAllOf({ webhook_url, webhook_events: ['task.paused', 'task.cancelled'] }).runOnce();
      await queue.tasks.resume(paused);
      await queue.tasks.pause(paused);
      await completed();
      await sendAll(sender);
      expect(receiver.received.slice(2).map(({ body }) => body.type)).toEqual(['task.paused']);
    });

    it('are kept while those that have the address are away, and end when a scheduler finds that they do not come back', async () => {
      const other = forAllOf({ roles: ['scheduler'] });
      const having = forAllOf({ webhook_url: receiver.url() });
      await having.runOnce();
      // However old it is: the database may have been away, or all processes, and those that have the address may come later.
      await queue.database.query("UPDATE ocr_settings SET updated_at = updated_at - interval '9 days'");
      await other.runOnce(0);
      await other.runOnce(DAY - 1);
      expect(warnings()).toEqual([expect.stringContaining('not in this scheduler')]);
      await cancelled();
      expect(await count()).toBe(1);
      await having.runOnce();
      await other.runOnce(DAY);
      await other.runOnce(2 * DAY - 1);
      await forAllOf({ roles: ['api', 'worker'] }).runOnce(5 * DAY);
      await cancelled();
      expect(await count(), 'it was said again').toBe(2);
      await other.runOnce(2 * DAY);
      await cancelled();
      expect(await count()).toBe(2);
    });

    it('are warned of where two processes name other events', async () => {
      const [one, two] = [
        forAllOf({ webhook_url: receiver.url() }),
        forAllOf({ webhook_url: receiver.url(), webhook_events: ['task.failed'] }),
      ];
      await one.runOnce();
      await one.runOnce();
      await two.runOnce(); // It may have come after the first.
      expect(warnings()).toEqual([]);
      for (let minute = 0; minute < 3; minute++) for (const process of [one, two]) await process.runOnce();
      expect(warnings()).toEqual(Array(2).fill(expect.stringContaining('webhook_events')));
    });
  });

  describe('are delivered at least once', () => {
    it('when the node is killed before it has written down that it sent one', async () => {
      const id = await cancelled(receiver.url());
      const dying = new Proxy(queue.database, {
        get: (target, name: keyof Database) =>
          name === 'query'
            ? (statement: Statement, values: unknown[]) =>
                statement.name === 'ocr_webhook_delivered' ? Promise.reject(new Error('killed')) : target.query(statement, values)
            : target[name],
      });
      await sendAll(senderOf({}, dying));
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', attempts: 1 });
      await sendAll();
      expect(receiver.received, 'the lease still holds').toHaveLength(1);
      await pass(queue.settings.webhook_timeout + 31);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', attempts: 2 });
      const [first, second] = receiver.received;
      expect(second?.raw, 'its receiver knows it again').toBe(first?.raw);
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    });

    it('whoever is late changes nothing', async () => {
      const id = await cancelled(receiver.url());
      receiver.answer = async (response) => {
        if (receiver.received.length > 1) return void response.writeHead(204).end();
        await pass(3600);
        await sendAll();
        response.writeHead(500).end();
      };
      await sendAll();
      expect(receiver.received).toHaveLength(2);
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', last_status: 204 });
    });

    it('by several nodes at once, without sending anything twice', async () => {
      await cancelled(receiver.url());
      const nodes = [senderOf(), senderOf(), senderOf()];
      await sendAll(nodes[0]);
      for (let n = 0; n < 40; n++) await cancelled(receiver.url());
      for (let round = 0; round < 40; round++) await Promise.all(nodes.map((node) => sendAll(node)));
      const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
      expect(ids).toHaveLength(41);
      expect(new Set(ids).size).toBe(41);
    });

    it('by one node at a time: what another is just taking is left to it', async () => {
      for (let n = 0; n < 2; n++) await cancelled(receiver.url());
      await queue.database.transaction(async (tx) => {
        const { rows: waiting } = await tx.query('SELECT DISTINCT receiver FROM ocr_webhook_deliveries');
        const { rows } = await tx.query(claimDeliveries, [[waiting[0]?.['receiver']], [1], 1, FIRST, 60]);
        expect(rows).toHaveLength(1);
        await sendAll();
        await sendAll();
        expect(receiver.received).toHaveLength(1);
        expect(receiver.received[0]?.headers['webhook-id']).not.toBe(rows[0]?.['id']);
      });
      await sendAll();
      expect(receiver.received).toHaveLength(1);
    });

    it('and given back by a node that stops', async () => {
      const id = await cancelled(receiver.url());
      receiver.answer = () => {};
      const sender = senderOf();
      await sender.runOnce();
      await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
      await sender.stop(0);
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', attempts: 0 });
      receiver.answerWith(200);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    });
  });

  describe('that are not taken', () => {
    const wait = async (id: string) => {
      const { next_attempt_at, last_attempt_at } = await deliveryOf(id);
      return (next_attempt_at.getTime() - last_attempt_at!.getTime()) / 1000;
    };

    it.each([500, 503, 408, 429, 302, 307])('are sent again after %d, ever more rarely', async (status) => {
      const id = await cancelled(receiver.url());
      receiver.answerWith(status, { location: receiver.url('/elsewhere') });
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', last_status: status, error: { code: 'webhook_failed' } });
      expect(await wait(id)).toBeGreaterThan(2);
      expect(await wait(id)).toBeLessThan(6);
      for (let attempt = 2; attempt <= 6; attempt++) {
        await sendAll();
        await pass(3600);
        await sendAll();
      }
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', attempts: 6 });
      expect(await wait(id)).toBeGreaterThan(79);
      expect(
        receiver.received.map(({ path }) => path),
        'no redirect is followed',
      ).not.toContain('/elsewhere');
      receiver.answerWith(200);
      await pass(3600);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', attempts: 7, error: null });
    });

    it('wait as long as the receiver asks for, up to an hour', async () => {
      const id = await cancelled(receiver.url());
      receiver.answerWith(429, { 'retry-after': '600' });
      await sendAll();
      expect(Math.round(await wait(id))).toBe(600);
      receiver.answerWith(503, { 'retry-after': '864000' });
      await pass(601);
      await sendAll();
      expect(Math.round(await wait(id))).toBe(3600);
    });

    it('are sent again when nobody answers', async () => {
      const probe = createServer().listen(0, '127.0.0.1');
      await once(probe, 'listening');
      const { port } = probe.address() as AddressInfo;
      probe.close();
      await once(probe, 'close');
      const id = await cancelled(`http://127.0.0.1:${port}/`);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({
        state: 'waiting',
        last_status: null,
        error: { code: 'webhook_failed', message: 'The server of the address refuses connections' },
      });
      const late = await cancelled(receiver.url());
      receiver.answer = () => {};
      await sendAll(senderOf({ webhook_timeout: 0.2 }));
      expect(await deliveryOf(late)).toMatchObject({
        state: 'waiting',
        error: { message: 'The address did not answer within 0.2 s' },
      });
    });

    it.each([400, 401, 404, 410, 301, 308])('are given up at once after %d', async (status) => {
      const id = await cancelled(receiver.url());
      receiver.answerWith(status, { location: receiver.url('/elsewhere') });
      await sendAll();
      await pass(7200);
      await sendAll();
      expect(receiver.received).toHaveLength(1);
      expect(await deliveryOf(id)).toMatchObject({
        state: 'failed',
        attempts: 1,
        last_status: status,
        error: { code: 'webhook_refused' },
        ended_at: expect.any(Date),
      });
      expect(log.at(-1)).toMatchObject({ level: 40, task_id: id, code: 'webhook_refused', status });
    });

    it('are given up when their time is over', async () => {
      const id = await cancelled(receiver.url());
      receiver.answerWith(500);
      await sendAll();
      await pass(24 * 3600);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'webhook_failed' } });
    });

    it('are sent again later when the fault is ours', async () => {
      const id = await cancelled(receiver.url());
      await queue.database.query(`UPDATE ocr_webhook_deliveries SET snapshot = snapshot || '{"created_at": "no moment"}'`);
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting', attempts: 1, error: { code: 'internal_error' } });
      expect(await wait(id)).toBeGreaterThan(2);
    });

    it('are given up then also when their receiver was never well enough to be asked', async () => {
      const id = await cancelled(receiver.url());
      const overdue = new OverdueWebhooks(queue.database, new WorkObserver(), logs(), queue.settings);
      await pass(23 * 3600);
      await overdue.runOnce();
      expect(await deliveryOf(id)).toMatchObject({ state: 'waiting' });
      await pass(2 * 3600);
      await overdue.runOnce();
      expect(await deliveryOf(id), 'nobody may have been there to send it').toMatchObject({ state: 'waiting' });
      await pass(24 * 3600);
      await overdue.runOnce();
      expect(await deliveryOf(id)).toMatchObject({ state: 'failed', attempts: 0, error: { code: 'webhook_failed' } });
      const tried = await cancelled(receiver.url('/tried'));
      receiver.answerWith(503);
      await sendAll();
      await pass(25 * 3600);
      await overdue.runOnce();
      expect(await deliveryOf(tried)).toMatchObject({ state: 'failed', attempts: 1, last_status: 503 });
    });

    it('hold up no other path of their host', async () => {
      receiver.answerWith(503);
      for (let n = 0; n < 3; n++) await cancelled(receiver.url('/broken'));
      await sendAll();
      receiver.answerWith(204);
      const id = await cancelled(receiver.url('/well?key=1'));
      const sender = senderOf();
      await pass(60);
      await sendAll(sender);
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered' });
      const { rows } = await queue.database.query('SELECT DISTINCT receiver FROM ocr_webhook_deliveries ORDER BY receiver');
      const marks = rows.map(({ receiver: name }) => String(name).split('/'));
      expect(marks.map(([host]) => host)).toEqual([new URL(receiver.url()).host, new URL(receiver.url()).host]);
      expect(marks.every(([, mark]) => /^[0-9a-f]{8}$/.test(mark!))).toBe(true);
    });

    it('never keep a task from its end, however long their address', async () => {
      const id = await cancelled(`http://${'x.'.repeat(3000)}example/`);
      expect(await queue.statusOf(id)).toBe('cancelled');
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'failed', error: { code: 'webhook_not_allowed' } });
    });

    it('do not hold a place for their answers: long ones are broken off', async () => {
      const id = await cancelled(receiver.url());
      let written = 0;
      receiver.answer = (response) => {
        const more = () => {
          do written++;
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
        };
        response.writeHead(200).on('drain', more);
        more();
      };
      await sendAll();
      expect(await deliveryOf(id)).toMatchObject({ state: 'delivered' });
      expect(written).toBeLessThan(1000);
    });
  });

  it('of one dead receiver do not hold up those of others', async () => {
    const dead = await Promise.all(Array.from({ length: 30 }, () => WebhookReceiver.start()));
    for (const one of dead) one.answer = () => {};
    await cancelled(receiver.url());
    const sender = senderOf();
    await sendAll(sender);
    for (const one of dead) for (let n = 0; n < 3; n++) await cancelled(one.url());
    await sender.runOnce();
    const asked = () => dead.reduce((sum, { received }) => sum + received.length, 0);
    await vi.waitFor(() => expect(asked()).toBe(24));
    const ids = [];
    for (let n = 0; n < 20; n++) ids.push(await cancelled(receiver.url()));
    sender.onEnded = () => void sender.runOnce();
    await sender.runOnce();
    await vi.waitFor(() => expect(receiver.received).toHaveLength(21));
    expect(asked(), 'the dead ones have all the places they get').toBe(24);
    await sender.stop(0);
    await Promise.all(dead.map((one) => one.close()));
  });

  describe('go nowhere they may not', () => {
    it.each(['http://127.0.0.1:1/', 'http://169.254.169.254/', 'http://2130706433/', 'http://[::ffff:10.0.0.1]/'])(
      'not to %s',
      async (address) => {
        const id = await cancelled(new URL(address).href);
        await sendAll(senderOf({ webhook_allow_private: false }));
        expect(await deliveryOf(id)).toMatchObject({
          state: 'failed',
          error: { code: 'webhook_not_allowed' },
          last_status: null,
        });
      },
    );

    it('nor where a name leads once it has been judged', async () => {
      const { port } = new URL(receiver.url());
      let asked = 0;
      const guard = new UrlGuard({
        allowPrivate: false,
        refusal: 'webhook_not_allowed',
        resolve: async () => [{ address: asked++ === 0 ? '93.184.215.14' : '127.0.0.1', family: 4 }],
      });
      const url = `http://rebound.example:${port}/`;
      await expect(guard.check(url)).resolves.toMatchObject({ href: url });
      const id = await cancelled(url);
      await sendAll(senderOf({}, queue.database, guard));
      expect(asked).toBe(2);
      expect(receiver.received).toEqual([]);
      expect(await deliveryOf(id)).toMatchObject({ state: 'failed', error: { code: 'webhook_not_allowed' } });
    });
  });

  it('are sent with the credentials of their address, which no log has', async () => {
    const id = await cancelled(receiver.url('/hooks?key=hidden').replace('://', '://me:pass%20word@'));
    receiver.answerWith(500);
    await sendAll();
    await pass(3600);
    receiver.answerWith(404);
    await sendAll();
    expect(receiver.received[0]).toMatchObject({
      path: '/hooks?key=hidden',
      headers: { authorization: `Basic ${btoa('me:pass word')}` },
    });
    expect(log.length).toBeGreaterThan(1);
    const shown = JSON.stringify([log, await queue.queries.events(id), receiver.received.map(({ raw }) => raw)]);
    expect(shown).not.toMatch(/hidden|pass%20word|pass word|whsec_/);
  });

  it('may be sent once more, under the same id', async () => {
    const id = await cancelled(receiver.url());
    receiver.answerWith(410);
    await sendAll();
    const given = await deliveryOf(id);
    const deliveries = new WebhookDeliveries(queue.database, queue.queries);
    receiver.answerWith(200);
    expect(await deliveries.redeliver(id, given.id)).toMatchObject({ state: 'waiting', attempts: 0, ended_at: null });
    await sendAll();
    expect(await deliveryOf(id)).toMatchObject({ state: 'delivered', attempts: 1, last_status: 200 });
    await deliveries.redeliver(id, given.id);
    await sendAll();
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([given.id, given.id, given.id]);
    await expect(deliveries.redeliver(id, FIRST)).rejects.toMatchObject({ code: 'webhook_not_found' });
    await expect(deliveries.redeliver(FIRST, given.id)).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it('go with their task', async () => {
    const id = await cancelled(receiver.url());
    await cancelled(receiver.url());
    await queue.tasks.delete(id);
    expect(await count()).toBe(1);
    await queue.database.query(`UPDATE ocr_tasks SET finished_at = now() - interval '25 hours'`);
    await queue.sweeper.runOnce();
    expect(await count()).toBe(0);
  });

  it('do not exist without their event, nor it without them', async () => {
    const id = await submit(receiver.url());
    const failing = vi.spyOn(queue.database, 'transaction').mockImplementationOnce(async (work) => {
      vi.mocked(queue.database.transaction).mockRestore();
      return queue.database.transaction(async (tx) => {
        await work(tx);
        throw new Error('killed before the commit');
      });
    });
    await expect(queue.tasks.cancel(id)).rejects.toThrow('killed');
    failing.mockRestore();
    expect(await count()).toBe(0);
    expect(await queue.eventsOf(id)).toEqual(['task.queued']);
    await queue.tasks.cancel(id);
    expect(await count()).toBe(1);
  });

  it('are found without reading through what waits for dead receivers, or has been sent', async () => {
    const id = await submit();
    await queue.database.query(
      `INSERT INTO ocr_webhook_deliveries (id, task_id, event_id, type, receiver, url, snapshot, state, next_attempt_at, created_at, ended_at)
       SELECT gen_random_uuid(), $1, n, 'task.failed', 'host' || n % 3, 'http://host/', '{}',
         CASE WHEN n % 2 = 0 THEN 'waiting' ELSE 'delivered' END, now() + interval '1 hour', now(), CASE WHEN n % 2 = 1 THEN now() END
       FROM generate_series(1, 20000) AS n`,
      [id],
    );
    const explain = async (statement: Statement, values: unknown[]) => {
      const { rows } = await queue.database.query<{ 'QUERY PLAN': [Explained] }>(explaining(statement.text), values);
      return rows[0]!['QUERY PLAN'][0].Plan;
    };
    const plans = [
      await explain(waitingReceivers, ['', 200, true]),
      await explain(claimDeliveries, [['host0', 'host1', 'host2'], [8, 8, 8], 32, FIRST, 45]),
    ];
    for (const plan of plans) {
      expect(tablesReadThrough(plan)).toEqual([]);
      expect(buffersOf(plan)).toBeLessThan(60);
    }
  });
});
