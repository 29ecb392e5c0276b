import type { Socket } from 'node:net';
import pg from 'pg';
import { clientOptions, type DatabaseConnection } from './connection.js';

/** Milliseconds a fresh connection may take to answer. */
const PROBE_TIMEOUT = 3000;

/** Of these backends, the ones at work, or heard of within the last two seconds. $1 process ids */
const BUSY = `SELECT pid FROM pg_stat_activity
  WHERE pid = ANY ($1::int[]) AND (state = 'active' OR state_change > now() - interval '2 seconds')`;

/**
 * Finds connections that are half open: a firewall, a failover or a frozen proxy has cut them without a word, and whoever
 * waits on one would wait for its time-out, one connection of the pool after the other. When a statement is not answered in
 * time, a fresh connection is asked; where it answers, all connections the server is not at work for are cut, so that their
 * waiters fail now and the pool makes new ones. When it does not answer either, the server is away: nothing is gained by
 * cutting.
 */
export class HalfOpenGuard {
  private readonly clients = new Set<PgInternals>();
  private asking = false;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly log: { warn(message: string): void },
  ) {}

  /** Looks after the connections of a pool. */
  watch(pool: pg.Pool): void {
    // Each checkout, not each connect: a pool may have connections before it is watched.
    pool.on('acquire', (client) => void this.clients.add(client as unknown as PgInternals));
    pool.on('remove', (client) => void this.clients.delete(client as unknown as PgInternals));
  }

  /** Tells that a statement was not answered in time. Never rejects. */
  async suspect(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const suspects = [...this.clients];
    try {
      const busy = await this.askServer(suspects.map((client) => client.processID ?? 0));
      const silent = suspects.filter((client) => !busy.has(client.processID ?? 0));
      for (const client of silent) client.connection.stream.destroy();
      this.log.warn(`A statement was not answered, but a new connection is: cut ${silent.length} connections as half open.`);
    } catch {
      // Away altogether: the pool's own errors tell.
    } finally {
      this.asking = false;
    }
  }

  private async askServer(pids: number[]): Promise<Set<number>> {
    const probe = new pg.Client({
      ...clientOptions(this.connection, 'probe'),
      connectionTimeoutMillis: PROBE_TIMEOUT,
      query_timeout: PROBE_TIMEOUT,
    });
    probe.on('error', () => {}); // the query's own error tells
    try {
      await probe.connect();
      const { rows } = await probe.query<{ pid: number }>(BUSY, [pids]);
      return new Set(rows.map((row) => row.pid));
    } finally {
      void probe.end().catch(() => {});
    }
  }
}

/** What the type of a `pg` client does not tell: the server's process id, and the socket. */
interface PgInternals {
  readonly processID: number | null;
  readonly connection: { readonly stream: Socket };
}
