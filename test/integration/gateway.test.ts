import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LiveStats } from '../../src/gateway/live-stats.js';
import { LiveUpdates } from '../../src/gateway/live-updates.js';
import { PlainSockets } from '../../src/gateway/plain-sockets.js';
import { Database } from '../../src/database/database.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { StatsService } from '../../src/metrics/stats.service.js';
import { TaskManager } from '../../src/task-manager/task-manager.js';
import { refusalsOf, startLiveApp, type LiveApp } from '../support/live-app.js';
import { LiveClient } from '../support/live-client.js';
import { pageResult, QueueHarness } from '../support/queue-harness.js';

const NO_TASK = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const never = new AbortController().signal;

let queue: QueueHarness;
let live: LiveApp;
const clients: LiveClient[] = [];

// The harness works on the tasks over connections of its own: to the app it is another process.
beforeAll(async () => {
  queue = await QueueHarness.start({ throttle_interval: 0.1, socket_buffer_kb: 64, max_concurrent_tasks: 100 });
  live = await startLiveApp(queue.settings);
});
afterAll(async () => {
  await live?.close();
  await queue?.close();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.socket.terminate();
});

function open(path: string, options = {}): LiveClient {
  const client = LiveClient.open(live.host, path, options);
  clients.push(client);
  return client;
}

async function watch(path: string, options = {}): Promise<LiveClient> {
  const client = open(path, options);
  await client.find((message) => message.type === 'snapshot');
  return client;
}

/** The HTTP status an upgrade is refused with. */
async function refusalOf(path: string, options = {}): Promise<number | undefined> {
  const { socket } = open(path, options);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  return response.statusCode;
}

async function newTask(pages: number, chunkSize = 5): Promise<{ id: string; node: string }> {
  const node = await queue.node();
  const id = await queue.submit({ options: { chunk_size: chunkSize } });
  await queue.prepare(node, pages);
  return { id, node };
}

describe('a socket of one task', () => {
  it('follows it from its snapshot to its end, as the page of the seed does', async () => {
    const { id, node } = await newTask(7);
    const socket = new WebSocket(`ws://${live.host}/ws/ocr/task/${id}`);
    const progress: number[] = [];
    const done = new Promise<void>((resolve) => {
      socket.onmessage = (event) => {
        const data = JSON.parse(event.data as string) as { progress: number; status: string };
        progress.push(data.progress);
        if (data.status === 'completed') resolve();
      };
    });
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
    await queue.workOff(node);
    await done;
    socket.close();
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('tells status and chunks with the state of the task, and the final state last', async () => {
    const node = await queue.node();
    const id = await queue.submit();
    const client: LiveClient = await watch(`/ws/ocr/task/${id}`);
    await queue.prepare(node, 7);
    await queue.workOff(node);
    const last = await client.find((message) => message.event?.type === 'task.completed');
    expect(client.messages[0]).toMatchObject({ type: 'snapshot', task_id: id, status: 'queued', progress: 0, pages_total: null });
    expect(last).toMatchObject({
      type: 'status',
      status: 'completed',
      progress: 1,
      pages_total: 7,
      pages_done: 7,
      eta_seconds: 0,
    });
    const events = client.messages.flatMap((message) => (message.event === undefined ? [] : [message.event.type]));
    expect(events).toEqual([
      'task.started',
      'prepare.started',
      'prepare.completed',
      'chunk.started',
      'chunk.completed',
      'chunk.started',
      'chunk.completed',
      'merge.started',
      'merge.completed',
      'task.completed',
    ]);
    const chunk = client.messages.find((message) => message.event?.type === 'chunk.completed');
    expect(chunk).toMatchObject({ type: 'chunk', event: { data: { first_page: 1, last_page: 5, attempt: 1 } } });
    expect(client.messages.every((message) => typeof message.progress === 'number')).toBe(true);
  });

  it('tells that its provider is down and the task held, and that it is let go, also to who comes back', async () => {
    const options = { ocr_provider: 'document_ai' };
    const id = await queue.submit({ options });
    await queue.prepare(await queue.node(), 3);
    const client: LiveClient = await watch(`/ws/ocr/task/${id}`);
    for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    const held = await client.find((message) => message.event?.type === 'task.held');
    expect(held).toMatchObject({ type: 'status', status: 'running', held: true, event: { data: { provider: 'document_ai' } } });
    expect((await watch(`/ws/ocr/task/${id}`)).messages[0]).toMatchObject({ type: 'snapshot', status: 'running', held: true });

    queue.circuits.succeeded('document_ai');
    await queue.circuits.settled();
    const released = await client.find((message) => message.event?.type === 'task.released');
    expect(released).toMatchObject({ type: 'status', status: 'running', event: { data: { provider: 'document_ai' } } });
    expect(released).not.toHaveProperty('held');
    const before = client.messages[0]!.last_event_id!;
    const back: LiveClient = await watch(`/ws/ocr/task/${id}?after=${before}`);
    const again = await back.find((message) => message.event?.type === 'task.released');
    expect(again).toMatchObject({ replayed: true, event: { id: released.event!.id } });
    expect(back.messages.map((message) => message.event?.type)).toEqual([undefined, 'task.held', 'task.released']);
    await queue.workOff(await queue.node());
  });

  it('tells progress seldom, but never loses the last one', async () => {
    const { id, node } = await newTask(40, 40);
    const client: LiveClient = await watch(`/ws/ocr/task/${id}`);
    const claim = await queue.mustClaim(node);
    const began = performance.now();
    for (let page = 1; page <= 40; page++) await queue.checkpoints.pageDone(claim, pageResult(page), never);
    await client.find((message) => message.type === 'progress' && message.pages_done === 40);
    const intervals = (performance.now() - began) / 100;
    const told = client.messages.filter((message) => message.type === 'progress').map((message) => message.pages_done);
    expect(told.length).toBeLessThanOrEqual(Math.ceil(intervals) + 1);
    expect(told).toEqual([...new Set(told)]);
    await queue.settlement.chunkFinished(claim);
    await queue.workOff(node);
  });

  it('stays open after the end, and tells of the deletion', async () => {
    const id = await queue.submit();
    await queue.tasks.cancel(id);
    const client: LiveClient = await watch(`/ws/ocr/task/${id}`);
    expect(client.messages[0]).toMatchObject({ status: 'cancelled', progress: 0 });
    await queue.tasks.delete(id);
    const deleted = await client.find((message) => message.type === 'deleted');
    expect(deleted).toMatchObject({ task_id: id, status: 'deleted', progress: 0 });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('tells again what a client missed that names the last event it saw', async () => {
    const { id, node } = await newTask(7);
    const first = await watch(`/ws/ocr/task/${id}`);
    const seen = first.messages[0]!.last_event_id!;
    first.socket.terminate();
    await queue.workOff(node);
    const back = await watch(`/ws/ocr/task/${id}?after=${seen}`);
    await back.find((message) => message.event?.type === 'task.completed');
    expect(back.messages[0]).toMatchObject({ type: 'snapshot', status: 'completed', progress: 1, replay_complete: true });
    const missed = back.messages.slice(1);
    expect(missed.map((message) => message.event?.type)).toEqual([
      'chunk.started',
      'chunk.completed',
      'chunk.started',
      'chunk.completed',
      'merge.started',
      'merge.completed',
      'task.completed',
    ]);
    expect(missed.every((message) => message.replayed && message.progress === 1)).toBe(true);
  });

  it('lets no event fall between the snapshot and what follows', async () => {
    const { id, node } = await newTask(30, 1);
    const joining: Promise<LiveClient>[] = [];
    for (let chunk = 0; chunk < 30; chunk++) {
      joining.push(watch(`/ws/ocr/task/${id}`));
      const claim = await queue.mustClaim(node);
      await queue.readPages(claim);
      await queue.settlement.chunkFinished(claim);
    }
    for (const client of await Promise.all(joining)) {
      await client.find((message) => message.pages_done === 30);
      const [snapshot, ...later] = client.messages;
      const ids = later.flatMap((message) => (message.event === undefined ? [] : [Number(message.event.id)]));
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      const { rows } = await queue.database.query<{ id: string }>(
        `SELECT id::text FROM ocr_events WHERE task_id = $1 AND id > $2::bigint AND type = 'chunk.completed'`,
        [id, snapshot!.last_event_id],
      );
      await client.find((message) => message.event?.id === rows.at(-1)?.id || rows.length === 0);
      const told = new Set(client.messages.map((message) => message.event?.id));
      expect(rows.filter((row) => !told.has(row.id))).toEqual([]);
    }
    await queue.workOff(node);
  });
});

describe('a socket of all tasks', () => {
  it('begins with the unfinished tasks and the figures, and tells of every task', async () => {
    const { id } = await newTask(7);
    const client: LiveClient = await watch('/ws/ocr/all');
    const snapshot = client.messages[0]!;
    expect(snapshot).toMatchObject({ type: 'snapshot', tasks_complete: true });
    expect(snapshot.tasks).toContainEqual(
      expect.objectContaining({ task_id: id, status: 'running', progress: 0, pages_total: 7 }),
    );
    expect(snapshot.stats?.tasks_by_status.running).toBeGreaterThan(0);
    const other = await queue.submit();
    const told = await client.find((message) => message.task_id === other);
    expect(told).toMatchObject({ type: 'status', status: 'queued', progress: 0, event: { type: 'task.queued' } });
    await queue.tasks.cancel(id);
    await queue.tasks.cancel(other);
  });

  it('tells the figures when they changed, and only then', async () => {
    const client: LiveClient = await watch('/ws/ocr/all');
    const id = await queue.submit();
    await client.find((message) => message.type === 'stats' && message.stats!.tasks_by_status.queued > 0);
    await queue.tasks.cancel(id);
    await client.find((message) => message.type === 'stats' && message.stats!.tasks_by_status.queued === 0);
    const figures = client.messages.filter((message) => message.type === 'stats');
    await live.app.get(LiveStats).runOnce();
    await queue.tasks.delete(id);
    await client.find((message) => message.type === 'deleted');
    const told = figures.map(({ stats }) => JSON.stringify([stats!.tasks_by_status, stats!.queue.tasks, stats!.last_hour]));
    expect(told).toEqual([...new Set(told)]);
  });

  it('tells again what was missed', async () => {
    const first = await watch('/ws/ocr/all');
    const seen = first.messages[0]!.last_event_id!;
    first.socket.terminate();
    const id = await queue.submit();
    await queue.tasks.cancel(id);
    const back = await watch(`/ws/ocr/all?after=${seen}`);
    const last = await back.find((message) => message.event?.type === 'task.cancelled');
    expect(last).toMatchObject({ task_id: id, status: 'cancelled' });
    expect(back.messages[0]!.replay_complete).toBe(true);
  });
});

describe('events that are committed after those of larger ids', () => {
  /** Begins to write an event of a task in a transaction of its own; the function returned commits it. */
  async function beginToTell(taskId: string): Promise<() => Promise<string>> {
    let commit = () => {};
    const wanted = new Promise<void>((resolve) => (commit = resolve));
    let done: Promise<void> = Promise.resolve();
    const id = await new Promise<string>((resolve) => {
      done = queue.database.transaction(async (tx) => {
        const { rows } = await tx.query<{ id: string }>(
          `INSERT INTO ocr_events (task_id, type) VALUES ($1, 'task.completed') RETURNING id::text`,
          [taskId],
        );
        resolve(rows[0]!.id);
        await wanted;
      });
    });
    return async () => {
      commit();
      await done;
      return id;
    };
  }

  const told = (client: LiveClient, id: string) => client.messages.filter((message) => message.event?.id === id);

  it('reach clients that come back with a larger id, as they reach those that stayed', async () => {
    const id = await queue.submit();
    const paths = [`/ws/ocr/task/${id}`, '/ws/ocr/all'];
    const stays = await watch('/ws/ocr/all');
    const leaves = await watch('/ws/ocr/all');
    const commit = await beginToTell(id);
    await queue.tasks.pause(id);
    const seen = (await leaves.find((message) => message.event?.type === 'task.paused')).event!.id;
    leaves.socket.terminate();
    const late = await commit();
    expect(BigInt(late)).toBeLessThan(BigInt(seen));
    await queue.tasks.resume(id);
    const resumed = (await stays.find((message) => message.event?.type === 'task.resumed')).event!.id;
    for (const path of paths) {
      const back = await watch(`${path}?after=${seen}`);
      await back.find((message) => message.event?.id === resumed);
      expect(back.messages[0]!.replay_complete).toBe(true);
      expect(back.messages.slice(1, 3).map((message) => message.event?.id)).toEqual([late, resumed]);
      expect(told(back, late)[0]!.replayed).toBe(true);
      // Whoever saw it as well has no need to be told again.
      const knowing = await watch(`${path}?after=${resumed}`);
      await queue.tasks.pause(id);
      await knowing.find((message) => message.event?.type === 'task.paused');
      expect(told(knowing, late)).toEqual([]);
      await queue.tasks.resume(id);
      await knowing.find((message) => message.event?.type === 'task.resumed');
    }
    expect(told(stays, late)).toHaveLength(1);
    await queue.tasks.cancel(id);
  });

  it('reach clients of different memory that come back together', async () => {
    const id = await queue.submit();
    const witness = await watch(`/ws/ocr/task/${id}`);
    const eventIdOf = async (type: string) => (await witness.find((message) => message.event?.type === type)).event!.id;
    const commit = await beginToTell(id);
    await queue.tasks.pause(id);
    const early = await eventIdOf('task.paused');
    const late = await commit();
    await witness.find((message) => message.event?.id === late);
    await queue.tasks.resume(id);
    const knowing = await eventIdOf('task.resumed');
    await queue.tasks.cancel(id);
    const last = await eventIdOf('task.cancelled');
    const [one, other] = await Promise.all([early, knowing].map((after) => watch(`/ws/ocr/task/${id}?after=${after}`)));
    await Promise.all([one!, other!].map((client) => client.find((message) => message.event?.id === last)));
    expect(one!.messages.slice(1).map((message) => message.event?.id)).toEqual([late, knowing, last]);
    expect(other!.messages.slice(1).map((message) => message.event?.id)).toEqual([last]);
  });

  it('reach clients of a process that began in between', async () => {
    const id = await queue.submit();
    const commit = await beginToTell(id);
    await queue.tasks.pause(id);
    const other = await startLiveApp(queue.settings);
    try {
      const client = await LiveClient.watch(other.host, `/ws/ocr/task/${id}`);
      const late = await commit();
      await queue.tasks.resume(id);
      await client.find((message) => message.event?.type === 'task.resumed');
      expect(told(client, late)).toHaveLength(1);
      client.socket.terminate();
    } finally {
      await other.close();
    }
    await queue.tasks.cancel(id);
  });

  it('reach clients although the event they saw is gone', async () => {
    const id = await queue.submit();
    const gone = await queue.submit();
    const witness = await watch('/ws/ocr/all');
    const commit = await beginToTell(id);
    await queue.tasks.cancel(gone);
    const seen = (await witness.find((message) => message.task_id === gone && message.event?.type === 'task.cancelled')).event!
      .id;
    const late = await commit();
    await witness.find((message) => message.event?.id === late);
    await queue.database.query('DELETE FROM ocr_events WHERE task_id = $1', [gone]);
    const back = await watch(`/ws/ocr/all?after=${seen}`);
    await back.find((message) => message.event?.id === late);
    await queue.tasks.cancel(id);
  });

  it('come with the answer to "after", too', async () => {
    const id = await queue.submit();
    const commit = await beginToTell(id);
    await queue.tasks.pause(id);
    const seen = (await queue.queries.events(id)).at(-1)!.id;
    const late = await commit();
    await queue.tasks.resume(id);
    const since = await queue.queries.events(id, seen);
    expect(since.map((event) => event.type)).toEqual(['task.completed', 'task.resumed']);
    expect(since[0]!.id).toBe(late);
    expect(await queue.queries.events(id, since.at(-1)!.id)).toEqual([]);
    await queue.tasks.cancel(id);
  });

  it('are not those of a restored backup, whose transactions were numbered by another server', async () => {
    const id = await queue.submit();
    await queue.tasks.pause(id);
    await queue.database.query(
      `UPDATE ocr_events SET xact = '900000000', snapshot = '900000000:900000000:', created_at = created_at - interval '1 hour'
       WHERE task_id = $1`,
      [id],
    );
    await queue.tasks.resume(id);
    const seen = (await queue.queries.events(id)).at(-1)!.id;
    expect(await queue.queries.events(id, seen)).toEqual([]);
    const back = await watch(`/ws/ocr/task/${id}?after=${seen}`);
    await queue.tasks.cancel(id);
    await back.find((message) => message.event?.type === 'task.cancelled');
    expect(back.messages.slice(1).map((message) => message.event?.type)).toEqual(['task.cancelled']);
  });
});

describe('the door', () => {
  it.each([
    ['an unknown task', `/ws/ocr/task/${NO_TASK}`, 4404, 'There is no such task.'],
    ['what is no task id', '/ws/ocr/task/none', 4404, 'There is no such task.'],
    ['an "after" that is no event id', `/ws/ocr/all?after=now`, 4400, 'The parameter "after" must be the id of an event.'],
  ])('closes with code and reason: %s', async (_name, path, code, reason) => {
    expect(await open(path).closed).toEqual({ code, reason });
  });

  it.each(['/', '/ws', '/ws/ocr/task', '/ws/ocr/everything', '/ws/ocr/task/a/b'])('answers 404 at %s', async (path) => {
    expect(await refusalOf(path)).toBe(404);
  });

  it('refuses pages of other sites and takes our own', async () => {
    expect(await refusalOf('/ws/ocr/all', { origin: 'http://evil.example' })).toBe(403);
    const own = await watch('/ws/ocr/all', { origin: `http://${live.host}` });
    expect(own.messages[0]!.type).toBe('snapshot');
    expect(await refusalsOf(live.app, 'websocket', 'origin_not_allowed')).toBe(1);
  });

  it('asks for the API key where keys are set', async () => {
    const locked = await startLiveApp({ ...queue.settings, api_keys: ['secret'] });
    try {
      const stranger = LiveClient.open(locked.host, '/ws/ocr/all');
      expect(await stranger.closed).toMatchObject({ code: 4401 });
      const byHeader = await LiveClient.watch(locked.host, '/ws/ocr/all', { headers: { 'x-api-key': 'secret' } });
      const byAddress = await LiveClient.watch(locked.host, '/ws/ocr/all?api_key=secret');
      byHeader.socket.terminate();
      byAddress.socket.terminate();
      expect(await refusalsOf(locked.app, 'websocket', 'unauthorized')).toBe(1);
    } finally {
      await locked.close();
    }
  });

  it('ends a client that talks too much', async () => {
    const client: LiveClient = await watch('/ws/ocr/all');
    client.socket.send('x'.repeat(10_000));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});

describe('clients that do not keep up', () => {
  it('drops one that reads too slowly, and nobody else', async () => {
    const quick = await watch('/ws/ocr/all');
    const slow = await watch('/ws/ocr/all');
    const plain = live.app.get(PlainSockets);
    const updates = live.app.get(LiveUpdates);
    const stats = await live.app.get(StatsService).current();
    slow.socket.pause();
    const before = plain.watching;
    // Beyond the buffers of the kernel, however large they are.
    for (let sent = 0; plain.watching === before && sent < 100_000; sent++) {
      updates.tellStats({ ...stats, generated_at: `${sent}`.padEnd(20_000) });
      await quick.find((message) => message.stats?.generated_at.trim() === `${sent}`);
      quick.messages.length = 0;
    }
    expect(plain.watching).toBe(before - 1);
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 4008, reason: 'The client does not keep up with the messages.' });
    expect(quick.socket.readyState).toBe(quick.socket.OPEN);
  });

  it('ends one that does not answer pings', async () => {
    const alive = await watch('/ws/ocr/all');
    const dead = await watch('/ws/ocr/all', { autoPong: false });
    const plain = live.app.get(PlainSockets);
    const pinged = once(alive.socket, 'ping');
    plain.pingAll();
    await pinged;
    // The answer to a question of our own comes after the server has read our answer to its own.
    const answered = once(alive.socket, 'pong');
    alive.socket.ping();
    await answered;
    plain.pingAll();
    expect((await dead.closed).code).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

describe('several processes', () => {
  it('tell of what any of them does', async () => {
    const other = await startLiveApp(queue.settings);
    try {
      const id = await queue.submit();
      const here = await watch(`/ws/ocr/task/${id}`);
      const there = await LiveClient.watch(other.host, `/ws/ocr/task/${id}`);
      await other.app.get(TaskManager).pause(id);
      await Promise.all([here, there].map((client) => client.find((message) => message.status === 'paused')));
      await live.app.get(TaskManager).cancel(id);
      await Promise.all([here, there].map((client) => client.find((message) => message.status === 'cancelled')));
    } finally {
      await other.close();
    }
  });

  it('say goodbye when they stop', async () => {
    const other = await startLiveApp(queue.settings);
    const client = await LiveClient.watch(other.host, '/ws/ocr/all');
    await other.close();
    expect(await client.closed).toMatchObject({ code: 1001 });
  });
});

it('goes on after the database connections were cut', async () => {
  const id = await queue.submit();
  const client: LiveClient = await watch(`/ws/ocr/task/${id}`);
  await live.app
    .get(Database)
    .query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  await vi.waitFor(() => queue.tasks.pause(id)); // once for each connection of the harness that was cut
  await client.find((message) => message.status === 'paused');
  expect(client.socket.readyState).toBe(client.socket.OPEN);
});
