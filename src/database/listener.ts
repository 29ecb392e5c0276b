import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clientOptions, type DatabaseConnection } from './connection.js';
import { Outage, type OutageLog } from './outage.js';

/** Milliseconds between two tests of the connection: a half-open one looks alive to everybody else. */
const TEST_INTERVAL = 10_000;
/** Milliseconds any answer may take. */
const ANSWER_TIMEOUT = 5000;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** A pino logger fits. */
export interface ListenerLog extends OutageLog {
  error(fields: { err: unknown }, message: string): void;
}

/** Gets what a notification carried (empty when it carried nothing), and the server's process that sent it. */
export type NotificationHandler = (payload: string, sender: number) => void;

/**
 * LISTENs over a connection of its own and keeps it up. Notifications that were sent while it was lost are lost: after
 * a reconnection `onReconnected` handlers are called, who look for themselves. Not usable through a transaction-pooling
 * proxy: there, polling does the work.
 */
export class Listener {
  private readonly handlers = new Map<string, Set<NotificationHandler>>();
  private readonly reconnectHandlers = new Set<() => void>();
  private client: pg.Client | undefined;
  private readonly end = new AbortController();
  private running: Promise<void> | undefined;
  private readonly outage: Outage;
  readonly name = 'listener';

  /** `testInterval`: milliseconds between two tests of the connection. */
  constructor(
    private readonly connection: DatabaseConnection,
    private readonly log: ListenerLog,
    private readonly testInterval = TEST_INTERVAL,
  ) {
    this.outage = new Outage(log, {
      begins: 'Listening to the database was interrupted; trying again',
      ends: 'Listening to the database works again.',
    });
  }

  /**
   * Calls `handler` for every notification on `channel`; returns what ends it. Connects on first use and returns at
   * once: `ready()` tells when listening has begun.
   */
  on(channel: string, handler: NotificationHandler): () => void {
    const handlers = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, handlers.add(handler));
    // When the connection is lost meanwhile, the next one listens to every channel there is.
    this.client?.query(listen(channel)).catch(() => {});
    this.running ??= this.keepConnected();
    return () => handlers.delete(handler);
  }

  /** Calls `handler` each time listening began again after a loss: notifications may have been missed. */
  onReconnected(handler: () => void): () => void {
    this.reconnectHandlers.add(handler);
    return () => this.reconnectHandlers.delete(handler);
  }

  /** False from a loss of its connection until it listens again: part of readiness. */
  get healthy(): boolean {
    return !this.outage.isUnderWay;
  }

  /** Resolves once the channels asked for so far are listened to. Never rejects; also resolves on `close()`. */
  async ready(): Promise<void> {
    while (!this.end.signal.aborted) {
      try {
        // Statements of one connection run in order: this one comes after every LISTEN.
        if (this.client !== undefined) return void (await this.client.query('SELECT 1'));
      } catch {
        // lost meanwhile
      }
      await this.pause(20);
    }
  }

  /** Ends the connection; no handler is called any more. */
  async close(): Promise<void> {
    this.end.abort();
    await this.running;
  }

  private async keepConnected(): Promise<void> {
    let pause = FIRST_PAUSE;
    let wasConnected = false;
    while (!this.end.signal.aborted) {
      const client = new pg.Client({ ...clientOptions(this.connection, 'listener'), query_timeout: ANSWER_TIMEOUT });
      const lost = new Promise<void>((resolve) => client.once('end', resolve).once('error', () => resolve()));
      client.on('error', () => {}); // a second error must not be an uncaught one
      client.on('notification', ({ channel, payload, processId }) => this.deliver(channel, payload ?? '', processId));
      try {
        await client.connect();
        for (const channel of this.handlers.keys()) await client.query(listen(channel));
        this.client = client;
        this.outage.worked();
        pause = FIRST_PAUSE;
        if (wasConnected) this.reconnectHandlers.forEach((handler) => this.guarded(handler));
        wasConnected = true;
        await this.watch(client, lost);
      } catch (error) {
        if (!this.end.signal.aborted) this.outage.failed(error);
      }
      this.client = undefined;
      // On a half-open connection the test is still waiting for its answer: pg then closes without a goodbye.
      await client.end().catch(() => {});
      if (this.end.signal.aborted) return;
      await this.pause(pause * (0.5 + Math.random() / 2)); // a hundred nodes must not come back in the same instant
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  /** Tests the connection from time to time; returns when it is lost or no longer wanted. */
  private async watch(client: pg.Client, lost: Promise<void>): Promise<void> {
    let isLost = false;
    const gone = lost.then(() => (isLost = true));
    while (!this.end.signal.aborted) {
      const pause = new AbortController();
      await Promise.race([gone, this.pause(this.testInterval, pause.signal)]);
      pause.abort();
      if (isLost) throw new Error('the connection was lost');
      if (!this.end.signal.aborted) await client.query('SELECT 1');
    }
  }

  private deliver(channel: string, payload: string, sender: number): void {
    if (this.end.signal.aborted) return;
    this.handlers.get(channel)?.forEach((handler) => this.guarded(() => handler(payload, sender)));
  }

  private guarded(handler: () => void): void {
    try {
      handler();
    } catch (err) {
      this.log.error({ err }, 'A handler of database notifications failed.');
    }
  }

  private async pause(milliseconds: number, also?: AbortSignal): Promise<void> {
    const signal = also === undefined ? this.end.signal : AbortSignal.any([this.end.signal, also]);
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }
}

function listen(channel: string): string {
  return `LISTEN ${pg.escapeIdentifier(channel)}`;
}
