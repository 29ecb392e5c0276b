import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { LiveUpdates } from '../../src/gateway/live-updates.js';
import { SocketIoGateway } from '../../src/gateway/socket-io.gateway.js';
import { StatsService } from '../../src/metrics/stats.service.js';
import { refusalsOf, startLiveApp, type LiveApp } from '../support/live-app.js';
import { Inbox, LiveClient, type AnyMessage } from '../support/live-client.js';
import { QueueHarness } from '../support/queue-harness.js';

const NO_TASK = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';

let queue: QueueHarness;
let live: LiveApp;
const sockets: Socket[] = [];

beforeAll(async () => {
  queue = await QueueHarness.start({ throttle_interval: 0.1, socket_buffer_kb: 64, max_concurrent_tasks: 100 });
  live = await startLiveApp(queue.settings);
});
afterAll(async () => {
  await live?.close();
  await queue?.close();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

function connect(host = live.host, options: object = {}): { socket: Socket; inbox: Inbox } {
  const socket = io(`http://${host}`, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
  sockets.push(socket);
  const inbox = new Inbox();
  socket.onAny((name: string, message: AnyMessage) => {
    expect(message.type).toBe(name);
    inbox.take(message);
  });
  return { socket, inbox };
}

const refused = (socket: Socket) => new Promise<Error & { data?: unknown }>((resolve) => socket.once('connect_error', resolve));

it.each([['websocket'], ['polling']])('follows a task over %s, beside plain sockets', async (transport) => {
  const node = await queue.node();
  const id = await queue.submit();
  const plain = await LiveClient.watch(live.host, `/ws/ocr/task/${id}`);
  const { socket, inbox } = connect(live.host, { transports: [transport] });
  expect(await socket.emitWithAck('subscribe', { task_id: id })).toEqual({ ok: true });
  expect(inbox.messages[0]).toMatchObject({ type: 'snapshot', task_id: id, status: 'queued', progress: 0 });
  await queue.workOff(node);
  const last = await inbox.find((message) => message.event?.type === 'task.completed');
  expect(last).toMatchObject({ type: 'status', status: 'completed', progress: 1, pages_done: 7 });
  await plain.find((message) => message.event?.type === 'task.completed');
  const eventsOf = (messages: AnyMessage[]) => messages.flatMap((message) => message.event?.type ?? []);
  expect(eventsOf(inbox.messages)).toEqual(eventsOf(plain.messages));
  plain.socket.terminate();
});

it('watches all tasks, hears each message once, and stops hearing after unsubscribe', async () => {
  const { socket, inbox } = connect();
  const id = await queue.submit();
  await socket.emitWithAck('subscribe', { all: true });
  await socket.emitWithAck('subscribe', { task_id: id });
  expect(inbox.messages[0]).toMatchObject({ type: 'snapshot', tasks_complete: true });
  await queue.tasks.pause(id);
  await inbox.find((message) => message.event?.type === 'task.paused');
  await socket.emitWithAck('unsubscribe', { all: true });
  await queue.tasks.resume(id);
  await inbox.find((message) => message.event?.type === 'task.resumed');
  await socket.emitWithAck('unsubscribe', { task_id: id });
  await queue.tasks.cancel(id);
  const witness = await LiveClient.watch(live.host, `/ws/ocr/task/${id}`);
  await witness.find((message) => message.status === 'cancelled');
  await socket.emitWithAck('unsubscribe', { task_id: id }); // what was sent before the answer has arrived with it
  const events = inbox.messages.flatMap((message) => (message.task_id === id && message.event ? [message.event.type] : []));
  expect(events).toEqual(['task.paused', 'task.resumed']);
  witness.socket.terminate();
});

it('tells who comes back of an event that was committed after one of a larger id', async () => {
  const id = await queue.submit();
  const { socket, inbox } = connect();
  await socket.emitWithAck('subscribe', { task_id: id });
  const late = await queue.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO ocr_events (task_id, type) VALUES ($1, 'task.completed') RETURNING id::text`,
      [id],
    );
    await queue.tasks.pause(id);
    await inbox.find((message) => message.event?.type === 'task.paused');
    return rows[0]!.id;
  });
  const seen = inbox.messages.at(-1)!.event!.id;
  socket.disconnect();
  const back = connect();
  await back.socket.emitWithAck('subscribe', { task_id: id, after: seen });
  await back.inbox.find((message) => message.event?.id === late);
  const again = connect();
  await again.socket.emitWithAck('subscribe', { all: true, after: seen });
  await again.inbox.find((message) => message.event?.id === late);
  await queue.tasks.cancel(id);
});

it('answers what it cannot serve with a code', async () => {
  const { socket } = connect();
  const ask = (body: unknown) => socket.emitWithAck('subscribe', body) as Promise<unknown>;
  expect(await ask({ task_id: NO_TASK })).toEqual({
    ok: false,
    error: { code: 'task_not_found', message: 'There is no such task' },
  });
  for (const wrong of [{}, { task_id: 'x' }, { all: false }, { all: true, after: 'now' }, null, 'all']) {
    expect(await ask(wrong)).toMatchObject({
      ok: false,
      error: { code: 'invalid_request', message: expect.stringContaining('after') },
    });
  }
});

it('refuses pages of other sites, and callers without a key where keys are set', async () => {
  const foreign = connect(live.host, { extraHeaders: { origin: 'http://evil.example' } });
  await refused(foreign.socket);
  expect(await refusalsOf(live.app, 'socket_io', 'origin_not_allowed')).toBe(1);
  const locked = await startLiveApp({ ...queue.settings, api_keys: ['secret'] });
  try {
    expect((await refused(connect(locked.host).socket)).data).toEqual({ code: 'unauthorized' });
    expect(await refusalsOf(locked.app, 'socket_io', 'unauthorized')).toBe(1);
    const known = connect(locked.host, { auth: { api_key: 'secret' } });
    expect(await known.socket.emitWithAck('subscribe', { all: true })).toEqual({ ok: true });
    known.socket.disconnect();
  } finally {
    await locked.close();
  }
});

it('drops a client that reads too slowly', async () => {
  const { socket } = connect();
  await socket.emitWithAck('subscribe', { all: true });
  const gateway = live.app.get(SocketIoGateway);
  const updates = live.app.get(LiveUpdates);
  const stats = await live.app.get(StatsService).current();
  expect(gateway.connected).toBe(1);
  // The client's own WebSocket, so that its kernel buffer fills.
  (socket.io.engine.transport as unknown as { ws: { pause(): void } }).ws.pause();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let sent = 0; gateway.connected > 0 && sent < 100_000; sent++) {
    updates.tellStats({ ...stats, generated_at: `${sent}`.padEnd(20_000) });
    await turn();
  }
  expect(gateway.connected).toBe(0);
});
