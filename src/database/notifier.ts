import pg from 'pg';
import { clientOptions, type DatabaseConnection } from './connection.js';
import { Outage, type OutageLog } from './outage.js';

/** Least milliseconds between two sendings: a NOTIFY in every transaction would cost most of the commits a second. */
const COLLECT = 10;
/** Most bytes of a payload; PostgreSQL takes fewer than 8,000. */
const MOST_BYTES = 7000;
/** Milliseconds an answer may take before the connection is given up. */
const ANSWER_TIMEOUT = 5000;
/** Milliseconds after a failed connection in which no other is tried. */
const RETRY_AFTER = 1000;

/** What waits for one channel: the items to name, or 'all' when the listener shall look for itself. */
type Waiting = Set<string> | 'all';

/**
 * Sends notifications over a connection of its own: the first at once, those that follow collected over a few milliseconds.
 * Call it after the commit of what it tells about. A notification only wakes: it is dropped when there is no connection, and polling makes good.
 */
export class Notifier {
  private readonly local = new Map<string, readonly (() => void)[]>();
  private waiting = new Map<string, Waiting>();
  private scheduled = false;
  private client: pg.Client | undefined;
  /** The server's process at the other end of the connection. */
  private server: number | undefined;
  private failedAt = -Infinity;
  private sentAt = 0;
  private sending: Promise<void> = Promise.resolve();
  private closed = false;
  private readonly outage: Outage;

  constructor(
    private readonly connection: DatabaseConnection,
    log: OutageLog,
  ) {
    this.outage = new Outage(log, {
      begins: 'Notifications are dropped, the database cannot be reached',
      ends: 'Notifications reach the database again.',
    });
  }

  /**
   * Wakes the listeners of `channel`. They get the items of the last milliseconds separated by commas, each once; or
   * nothing, meaning "look for yourself", when an item is left out or the items are too many. Never throws, never waits.
   */
  notify(channel: string, item?: string): void {
    if (this.closed) return;
    this.local.get(channel)?.forEach((handler) => handler());
    const waiting = this.waiting.get(channel) ?? new Set();
    if (item === undefined || waiting === 'all') this.waiting.set(channel, 'all');
    else this.waiting.set(channel, waiting.add(item));
    this.schedule();
  }

  /** Calls `handler` at every {@link notify} of this process on `channel`, before the database tells the other processes. */
  onNotify(channel: string, handler: () => void): void {
    this.local.set(channel, [...(this.local.get(channel) ?? []), handler]);
  }

  /** Whether a notification from this process of the server is one of ours: handlers of {@link onNotify} knew of it before. */
  isFromHere(sender: number): boolean {
    return this.server === sender;
  }

  /** Sends what is waiting, and ends the connection. */
  async close(): Promise<void> {
    this.closed = true;
    await this.flush();
    await this.client?.end().catch(() => {});
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    const wait = this.sentAt + COLLECT - performance.now();
    const flush = () => void this.flush();
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  }

  private flush(): Promise<void> {
    this.scheduled = false;
    this.sentAt = performance.now();
    const batch = this.waiting;
    this.waiting = new Map();
    // One after the other: a slow send collects what comes meanwhile into fewer, larger ones.
    this.sending = this.sending.then(() => this.send(batch));
    return this.sending;
  }

  private async send(batch: Map<string, Waiting>): Promise<void> {
    if (batch.size === 0) return;
    try {
      const client = await this.connected();
      if (client === undefined) return;
      await client.query('SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS sent (channel, payload)', [
        [...batch.keys()],
        [...batch.values()].map(payloadOf),
      ]);
      this.outage.worked();
    } catch (error) {
      this.outage.failed(error);
      this.failedAt = performance.now();
      const client = this.client;
      this.forget(client);
      await client?.end().catch(() => {});
    }
  }

  private async connected(): Promise<pg.Client | undefined> {
    if (this.client !== undefined || performance.now() - this.failedAt < RETRY_AFTER) return this.client;
    const client = new pg.Client({ ...clientOptions(this.connection, 'notifier'), query_timeout: ANSWER_TIMEOUT });
    client.on('error', () => this.forget(client));
    client.once('end', () => this.forget(client));
    await client.connect();
    this.client = client;
    this.server = (client as pg.Client & { readonly processID: number }).processID;
    return client;
  }

  private forget(client: pg.Client | undefined): void {
    if (this.client !== client) return;
    this.client = undefined;
    // Another's may get the same number.
    this.server = undefined;
  }
}

function payloadOf(waiting: Waiting): string {
  if (waiting === 'all') return '';
  const payload = [...waiting].join(',');
  return Buffer.byteLength(payload) <= MOST_BYTES ? payload : '';
}
