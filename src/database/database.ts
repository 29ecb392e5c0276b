import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { clientOptions, type DatabaseConnection, isPooledByProxy } from './connection.js';
import { isConnectionLoss, isDiskFull, isLostRace, isUnanswered, mapDatabaseError } from './connection-errors.js';
import { inTime } from '../threads/in-time.js';
import { Slots } from '../threads/slots.js';
import { HalfOpenGuard } from './half-open-guard.js';

/**
 * Every hot statement has its index. Without this, one planned while the tables are still small reads them from end to end, and
 * goes on doing so as they grow, until the next ANALYZE. Compiling plans costs more than any statement here.
 */
const PLANNING = '-c enable_seqscan=off -c jit=off';
/** Milliseconds one statement may run before the server cancels it. */
const STATEMENT_TIMEOUT = 30_000;
/** Milliseconds until an answer is given up: the connection is half open. Longer than the server's own limit. */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 5000;
/** Whether this server is a primary, not a standby that only answers. */
export const WRITABLE = `SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool AS writable`;
/** Milliseconds, more or less, before a transaction that lost against another one is run again. */
const LOST_RACE_PAUSE = 20;
/** Milliseconds a full disk is told of after a write failed on it: those who wait try again within two seconds. */
const FULL_FOR = 5000;
/** Milliseconds a health check may take. */
const HEALTH_TIMEOUT = 3000;

/** A statement with a name: parsed and planned once per connection. One name always goes with one text. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  /** Milliseconds after which the answer is given up; absent: 35 s. For small statements whose silence means a dead connection. */
  readonly answerWithin?: number;
  /** For statements that get in each other's way: how many of all with this same lane a pool sends at a time, outside transactions. */
  readonly lane?: Lane;
}

/** Statements that share a lane share its places. */
export interface Lane {
  readonly size: number;
}

/** What can be asked: the pool, or one transaction. */
export interface Queryable {
  /**
   * Runs one statement. bigints come as numbers, timestamps as Date, jsonb parsed; JSON objects go in as they are,
   * JSON arrays must go in as `JSON.stringify(...)` (pg takes arrays for PostgreSQL arrays).
   * @throws OcrError `service_unavailable` when the connection is lost (the statement may or may not have happened);
   * pg's DatabaseError with its SQLSTATE in `code` for everything else.
   */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: Statement | string,
    params?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

export interface DatabaseOptions {
  /** Most connections. */
  readonly poolSize: number;
  readonly log: { warn(message: string): void };
  /** Shared by pools to the same server: what one of them meets, all learn from. Absent: one of its own. */
  readonly halfOpen?: HalfOpenGuard;
}

/** The pool of PostgreSQL connections, for everything but TypeORM. */
@Injectable()
export class Database implements Queryable {
  private readonly pool: pg.Pool;
  private readonly named: boolean;
  private readonly lanes = new Map<Lane, Slots>();
  private fullUntil = 0;
  /** Cuts connections that died without a word. */
  readonly halfOpen: HalfOpenGuard;

  constructor(
    readonly connection: DatabaseConnection,
    private readonly options: DatabaseOptions,
  ) {
    this.named = !isPooledByProxy(connection);
    this.pool = new pg.Pool({
      ...clientOptions(connection, 'pool'),
      // A pooling proxy refuses session settings it does not know.
      ...(this.named
        ? { statement_timeout: STATEMENT_TIMEOUT, idle_in_transaction_session_timeout: 60_000, options: PLANNING }
        : {}),
      query_timeout: ANSWER_TIMEOUT,
      max: options.poolSize,
      idleTimeoutMillis: 60_000,
    });
    this.pool.on('error', (error) => options.log.warn(`An idle database connection was lost: ${error.message}`));
    this.halfOpen = options.halfOpen ?? new HalfOpenGuard(connection, options.log);
    this.halfOpen.watch(this.pool);
    // A client that is checked out, but not inside a query, reports its loss here; the next query then fails properly.
    this.pool.on('connect', (client) => void client.on('error', () => {}));
  }

  async query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: Statement | string,
    params: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const leave = typeof statement === 'string' ? undefined : await this.enterLane(statement.lane);
    try {
      return await this.withClient((client) => this.send<Row>(client, statement, params));
    } finally {
      leave?.();
    }
  }

  /**
   * Runs `work` in one transaction (READ COMMITTED): committed when it resolves, rolled back when it throws. Run once
   * more from the start when it lost against another transaction (serialization failure, deadlock): `work` must have
   * no effect outside the database.
   * @throws whatever `work` throws; OcrError `service_unavailable` when the connection is lost.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    try {
      return await this.transactOnce(work);
    } catch (error) {
      if (!isLostRace(error)) throw error;
      // At once, it might take its first lock before the winner, just woken, has taken the one it waited for.
      await sleep(LOST_RACE_PAUSE * (0.5 + Math.random()));
      return await this.transactOnce(work);
    }
  }

  /** True when the database answers within three seconds, and can be written to as far as is known. */
  async isHealthy(): Promise<boolean> {
    if (this.isFull) return false;
    const answer = this.query<{ writable: boolean }>({ text: WRITABLE, answerWithin: HEALTH_TIMEOUT }).then(
      ({ rows }) => rows[0]!.writable,
      () => false,
    );
    return inTime(answer, HEALTH_TIMEOUT, false);
  }

  /** Connections in use, idle, and callers waiting for one. */
  get load(): { total: number; idle: number; waiting: number } {
    return { total: this.pool.totalCount, idle: this.pool.idleCount, waiting: this.pool.waitingCount };
  }

  /** Waits for what is running, then closes all connections. */
  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  private enterLane(lane: Lane | undefined): Promise<() => void> | undefined {
    if (lane === undefined) return undefined;
    const slots = this.lanes.get(lane) ?? new Slots(lane.size);
    this.lanes.set(lane, slots);
    return slots.acquire();
  }

  private get isFull(): boolean {
    return performance.now() < this.fullUntil;
  }

  private noteFull(): void {
    if (!this.isFull) this.options.log.warn('The disk of the database is full: finished work waits until there is room.');
    this.fullUntil = performance.now() + FULL_FOR;
  }

  private transactOnce<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.withClient(async (client) => {
      await client.query('BEGIN');
      try {
        const result = await work({ query: (statement, params = []) => this.send(client, statement, params) });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => client.end().catch(() => {}));
        throw error;
      }
    });
  }

  private async withClient<T>(use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let broken = false;
    try {
      client = await this.pool.connect();
      return await use(client);
    } catch (error) {
      broken = isConnectionLoss(error) || isConnectionLoss((error as Error | undefined)?.cause);
      throw mapDatabaseError(error);
    } finally {
      client?.release(broken);
    }
  }

  private async send<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    statement: Statement | string,
    params: readonly unknown[],
  ): Promise<pg.QueryResult<Row>> {
    const { name, text, answerWithin }: Statement = typeof statement === 'string' ? { text: statement } : statement;
    const config: pg.QueryConfig & { query_timeout?: number } = { text, values: [...params] };
    if (answerWithin !== undefined) config.query_timeout = answerWithin;
    if (this.named && name !== undefined) config.name = name;
    try {
      return await client.query<Row>(config);
    } catch (error) {
      if (isUnanswered(error)) void this.halfOpen.suspect();
      if (isDiskFull(error)) this.noteFull();
      throw mapDatabaseError(error);
    }
  }
}
