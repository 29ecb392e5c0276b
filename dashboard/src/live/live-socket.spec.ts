import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as RealWebSocket, WebSocketServer, type WebSocket } from 'ws';
import type { LiveSocket } from './live-socket';

const TRY_AGAIN_LATER = 1013;
const UNAUTHORIZED = 4401;

/** A server that accepts every connection, as the real one does, and then does what `answer` says. */
class Server {
  /** The API keys connections were made with. */
  readonly keys: (string | null)[] = [];
  answer: (socket: WebSocket) => void = () => {};
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

  constructor() {
    this.server.on('connection', (socket, { url }) => {
      this.keys.push(new URL(url!, 'http://host').searchParams.get('api_key'));
      this.answer(socket);
    });
  }

  async url(): Promise<string> {
    if (this.server.address() === null) await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }
}

const snapshot = (socket: WebSocket) =>
  socket.send(JSON.stringify({ type: 'snapshot', tasks: [], stats: {}, last_event_id: '9' }));

describe('the live socket', () => {
  let server: Server;
  let live: LiveSocket;
  let apiKey: typeof import('~/api/api-key').apiKey;
  /** Every state it was in. */
  let states: string[];

  beforeEach(async () => {
    server = new Server();
    const kept = new Map<string, string>();
    vi.stubGlobal('window', { addEventListener: () => {}, location: { href: await server.url() } });
    vi.stubGlobal('document', { addEventListener: () => {} });
    vi.stubGlobal('WebSocket', RealWebSocket);
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    });
    // Connections are real, waits are not: none ends by itself.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.resetModules();
    ({ apiKey } = await import('~/api/api-key'));
    const { LiveSocket } = await import('./live-socket');
    live = new LiveSocket();
    states = [];
    live.onConnection(() => states.push(live.connection().state));
  });
  afterEach(() => {
    server.close();
    vi.useRealTimers();
  });
  afterAll(() => vi.unstubAllGlobals());

  const comesTo = (state: string) =>
    new Promise<void>((resolve) => {
      const stop = live.onConnection(() => {
        if (live.connection().state !== state) return;
        stop();
        resolve();
      });
    });

  /** Comes to its next wait. @returns how long that is */
  async function nextWait(begin: () => void): Promise<number> {
    const waits = comesTo('waiting');
    begin();
    await waits;
    const connection = live.connection();
    return connection.state === 'waiting' ? connection.retryAt - Date.now() : 0;
  }

  it('waits longer and longer for a server that accepts it and closes at once, and is never said to be open', async () => {
    server.answer = (socket) => socket.close(TRY_AGAIN_LATER);
    let wait = await nextWait(() => live.start());
    for (let loss = 1; loss < 6; loss++) wait = await nextWait(live.retryNow);
    expect(wait).toBeGreaterThan(5000);
    expect(states).not.toContain('open');
  });

  it('is open with the first message, and then begins with short waits again', async () => {
    server.answer = (socket) => socket.close(TRY_AGAIN_LATER);
    await nextWait(() => live.start());
    for (let loss = 1; loss < 6; loss++) await nextWait(live.retryNow);
    server.answer = snapshot;
    const opens = comesTo('open');
    live.retryNow();
    await opens;
    expect(await nextWait(() => server.close())).toBeLessThanOrEqual(500);
  });

  it('waits for another key where its own is refused, and for nothing else', async () => {
    server.answer = (socket) => (server.keys.at(-1) === 'right' ? snapshot(socket) : socket.close(UNAUTHORIZED));
    const refused = comesTo('refused');
    live.start();
    await refused;
    expect(apiKey.demand()).toBe('missing');
    live.retryNow();
    expect(live.connection().state).toBe('refused');

    const refusedAgain = comesTo('refused');
    apiKey.set('wrong');
    await refusedAgain;
    expect(apiKey.demand()).toBe('wrong');

    const opens = comesTo('open');
    apiKey.set('right');
    await opens;
    expect(server.keys).toEqual([null, 'wrong', 'right']);
    expect(states).not.toContain('waiting');
  });
});
