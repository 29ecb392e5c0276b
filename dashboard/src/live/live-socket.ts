import { apiKey } from '~/api/api-key';
import type { LiveMessage } from './messages';

/**
 * `open`: the server tells what happens. `waiting`: the connection is lost and will be tried again at `retryAt`. `refused`: the server
 * does not take the API key; it is tried again once another one is entered.
 */
export type Connection = { state: 'connecting' | 'open' | 'refused' } | { state: 'waiting'; retryAt: number };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** How long a connection may take until the server speaks. */
const OPEN_LIMIT_MS = 15_000;
/** With what the server closes a connection whose API key it does not take: see docs/realtime.md. */
const UNAUTHORIZED = 4401;

/**
 * The one WebSocket of the page, to `/ws/ocr/all`. It comes back by itself after any loss, with growing waits, at once when the browser
 * says that it is online again or the page is looked at again; the server then tells what was missed since the last event heard. It accepts
 * a connection before it refuses it: only what it tells shows that it is there.
 */
export class LiveSocket {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private losses = 0;
  private lastEventId: string | undefined;
  private current: Connection = { state: 'connecting' };
  private readonly connectionListeners = new Set<() => void>();
  private readonly messageListeners = new Set<(message: LiveMessage) => void>();

  constructor() {
    window.addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.retryNow();
    });
    apiKey.subscribe(() => {
      if (apiKey.demand() === 'none') this.tryKey();
    });
  }

  readonly connection = (): Connection => this.current;

  readonly onConnection = (listener: () => void): (() => void) => {
    this.connectionListeners.add(listener);
    return () => this.connectionListeners.delete(listener);
  };

  onMessage(listener: (message: LiveMessage) => void): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  start(): void {
    if (this.socket === undefined) this.connect();
  }

  /** Does not wait any longer. Without effect while connected, and while another API key is waited for. */
  readonly retryNow = (): void => {
    if (this.current.state !== 'waiting') return;
    clearTimeout(this.timer);
    this.connect();
  };

  private tryKey(): void {
    if (this.current.state === 'refused') this.connect();
    else this.retryNow();
  }

  private connect(): void {
    this.become({ state: 'connecting' });
    const key = apiKey.get();
    const socket = new WebSocket(this.address(key));
    this.socket = socket;
    const limit = setTimeout(() => socket.close(), OPEN_LIMIT_MS);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      clearTimeout(limit);
      if (this.current.state !== 'open') this.welcome();
      this.hear(JSON.parse(data) as LiveMessage);
    };
    socket.onclose = ({ code }) => {
      clearTimeout(limit);
      if (code === UNAUTHORIZED) apiKey.refused(key);
      // Not with a key that was entered meanwhile.
      if (code === UNAUTHORIZED && apiKey.demand() !== 'none') this.become({ state: 'refused' });
      else this.wait();
    };
  }

  private welcome(): void {
    this.losses = 0;
    this.become({ state: 'open' });
  }

  private wait(): void {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.losses++);
    const wait = longest * (0.5 + Math.random() / 2);
    this.become({ state: 'waiting', retryAt: Date.now() + wait });
    this.timer = setTimeout(() => this.connect(), wait);
  }

  private hear(message: LiveMessage): void {
    if (message.type === 'snapshot') this.lastEventId = message.last_event_id;
    else if (message.type !== 'stats' && message.event !== undefined) this.noteEvent(message.event.id);
    for (const listener of this.messageListeners) listener(message);
  }

  private noteEvent(id: string): void {
    if (this.lastEventId === undefined || BigInt(id) > BigInt(this.lastEventId)) this.lastEventId = id;
  }

  private become(connection: Connection): void {
    this.current = connection;
    for (const listener of this.connectionListeners) listener();
  }

  private address(key: string | null): string {
    const url = new URL('/ws/ocr/all', window.location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    if (key !== null) url.searchParams.set('api_key', key);
    if (this.lastEventId !== undefined) url.searchParams.set('after', this.lastEventId);
    return url.href;
  }
}
