import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres.js';
import { Database } from './database.js';
import { Listener } from './listener.js';
import { Notifier } from './notifier.js';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await startTestDatabase();
  database = new Database(test.connection, { poolSize: 2, log: quiet });
});

afterAll(async () => {
  await database?.close();
  await test?.stop();
});

/** Ends the connections with this purpose from the server's side; gives how many there were. */
async function terminate(purpose: string): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    `SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = $1`,
    [`ocr-queue ${purpose}`],
  );
  return rows[0]?.n ?? 0;
}

describe('Listener', () => {
  it('delivers payloads to every handler of the channel, also of one added later, and to no other', async () => {
    const listener = new Listener(test.connection, quiet);
    const first: string[] = [];
    const second: string[] = [];
    listener.on('jobs', (payload) => first.push(payload));
    await listener.ready();
    const stop = listener.on('Odd "name"', (payload) => second.push(payload));
    await listener.ready();
    await database.query(`SELECT pg_notify('jobs', 'a'), pg_notify('Odd "name"', 'b'), pg_notify('other', 'c')`);
    await vi.waitFor(() => expect([first, second]).toEqual([['a'], ['b']]));
    stop();
    await database.query(`SELECT pg_notify('Odd "name"', 'd'), pg_notify('jobs', 'e')`);
    await vi.waitFor(() => expect(first).toEqual(['a', 'e']));
    expect(second).toEqual(['b']);
    await listener.close();
  });

  it('goes on after a handler failed', async () => {
    const listener = new Listener(test.connection, quiet);
    const got: string[] = [];
    listener.on('jobs', () => {
      throw new Error('mine');
    });
    listener.on('jobs', (payload) => got.push(payload));
    await listener.ready();
    await database.query(`SELECT pg_notify('jobs', 'a')`);
    await vi.waitFor(() => expect(got).toEqual(['a']));
    await listener.close();
  });

  it('listens again after its connection was cut, and says so', async () => {
    const listener = new Listener(test.connection, quiet);
    const got: string[] = [];
    const reconnected = vi.fn<() => void>();
    listener.on('jobs', (payload) => got.push(payload));
    listener.onReconnected(reconnected);
    await listener.ready();
    expect(reconnected).not.toHaveBeenCalled();
    expect(await terminate('listener')).toBe(1);
    await vi.waitFor(() => expect(reconnected).toHaveBeenCalledOnce(), 5000);
    await database.query(`SELECT pg_notify('jobs', 'after')`);
    await vi.waitFor(() => expect(got).toEqual(['after']));
    await listener.close();
    expect(await terminate('listener')).toBe(0);
  });

  it('notices a connection that is half open', { timeout: 20_000 }, async () => {
    const proxy = await StallingProxy.before(test.url);
    const listener = new Listener({ url: proxy.url }, quiet, 200);
    const reconnected = vi.fn<() => void>();
    listener.on('jobs', () => {});
    listener.onReconnected(reconnected);
    await listener.ready();
    proxy.stall();
    await vi.waitFor(() => expect(reconnected).toHaveBeenCalledOnce(), 15_000);
    await listener.close();
    await proxy.close();
  });
});

describe('Notifier', () => {
  it('sends what comes together as one notification, each item once', async () => {
    const listener = new Listener(test.connection, quiet);
    const notifier = new Notifier(test.connection, quiet);
    const got: string[] = [];
    listener.on('tasks', (payload) => got.push(payload));
    await listener.ready();
    for (const item of ['a', 'b', 'a', 'c']) notifier.notify('tasks', item);
    await vi.waitFor(() => expect(got).toEqual(['a,b,c']));
    for (let item = 0; item < 1000; item += 1) notifier.notify('tasks', `item-${item}`);
    await vi.waitFor(() => expect(got).toEqual(['a,b,c', '']));
    notifier.notify('tasks', 'x');
    notifier.notify('tasks');
    notifier.notify('tasks', 'y');
    await notifier.close(); // sends what waits
    await vi.waitFor(() => expect(got).toEqual(['a,b,c', '', '']));
    await listener.close();
  });

  it('drops without a word to the caller while cut, and sends again later', async () => {
    const listener = new Listener(test.connection, quiet);
    const notifier = new Notifier(test.connection, quiet);
    const got: string[] = [];
    listener.on('tasks', (payload) => got.push(payload));
    await listener.ready();
    notifier.notify('tasks', 'a');
    await vi.waitFor(() => expect(got).toEqual(['a']));
    expect(await terminate('notifier')).toBe(1);
    await vi.waitFor(() => {
      notifier.notify('tasks', 'b');
      expect(got).toContain('b');
    }, 5000);
    await Promise.all([notifier.close(), listener.close()]);
  });

  it('survives a database that is not there', async () => {
    const { log, warn } = spokenTo();
    const notifier = new Notifier({ url: 'postgres://nobody@127.0.0.1:1/none' }, log);
    notifier.notify('tasks', 'a');
    await notifier.close();
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe('an outage', () => {
  it(
    'is told of once by listener and notifier, and its end once; meanwhile the listener is not healthy',
    { timeout: 30_000 },
    async () => {
      const proxy = await StallingProxy.before(test.url);
      const [heard, sent] = [spokenTo(), spokenTo()];
      const listener = new Listener({ url: proxy.url }, heard.log, 100);
      const notifier = new Notifier({ url: proxy.url }, sent.log);
      listener.on('jobs', () => {});
      await listener.ready();
      expect(listener.healthy).toBe(true);
      notifier.notify('jobs');
      proxy.refuse(true);
      const tries = proxy.tries;
      await vi.waitFor(() => {
        notifier.notify('jobs');
        expect(proxy.tries).toBeGreaterThan(tries + 8);
      }, 20_000);
      expect(listener.healthy).toBe(false);
      expect([heard.warn, sent.warn].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
      expect([heard.info, sent.info].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
      proxy.refuse(false);
      await vi.waitFor(() => {
        notifier.notify('jobs');
        expect(listener.healthy).toBe(true);
        expect(sent.info).toHaveBeenCalledOnce();
      }, 10_000);
      expect(heard.info).toHaveBeenCalledOnce();
      expect([heard.warn, sent.warn].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
      await Promise.all([notifier.close(), listener.close()]);
      await proxy.close();
    },
  );
});

function spokenTo() {
  const [warn, info] = [vi.fn<(message: string) => void>(), vi.fn<(message: string) => void>()];
  return { warn, info, log: { ...quiet, warn, info } };
}

/** Stands between a client and the server on a unix socket; `stall()` makes the present connections half open. */
class StallingProxy {
  private readonly sockets = new Set<Socket>();
  private readonly stalled = new Set<Socket>();
  private refuses = false;
  /** Connections asked for so far. */
  tries = 0;

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<StallingProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'ocr-proxy-'));
    const { hostname } = new URL(url);
    const target = join(decodeURIComponent(hostname), '.s.PGSQL.5432');
    const server = createServer();
    const proxy = new StallingProxy(server, folder, url.replace(hostname, encodeURIComponent(folder)));
    server.on('connection', (client) => {
      proxy.tries += 1;
      if (proxy.refuses) return client.destroy();
      const upstream = connect(target);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        proxy.sockets.add(from);
        from.on('data', (data) => proxy.stalled.has(from) || to.write(data));
        from.on('close', () => proxy.stalled.has(from) || to.destroy());
        from.on('error', () => {});
      }
    });
    await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve));
    return proxy;
  }

  stall(): void {
    for (const socket of this.sockets) this.stalled.add(socket);
  }

  /** Cuts what there is, and lets nobody in until it is taken back. */
  refuse(refuses: boolean): void {
    this.refuses = refuses;
    if (refuses) this.sockets.forEach((socket) => socket.destroy());
  }

  async close(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }
}
