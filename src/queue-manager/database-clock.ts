import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Logs } from '../logging/logs.js';
import { databaseTime, REPAIRS, REPAIRS_IN_BATCHES } from './sql/clock.sql.js';

/** Seconds the database's clock may seem to go back by the time a question takes, or by being set right little by little. */
const TOLERANCE = 1;
const BATCH = 5000;

/**
 * Looks after a database clock that is set back, or that of a new primary which is behind: the queue's moments ("not before")
 * are the database's, and would lie in the future for as long as the jump was.
 */
@Injectable()
export class DatabaseClock {
  private seen: { database: number; here: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly logs: Logs,
  ) {}

  /** Compares the database's clock with this process's monotonic one, and repairs the queue when it went back. Safe on every node. */
  async runOnce(): Promise<void> {
    const asked = performance.now() / 1000;
    const { rows } = await this.database.query<{ seconds: number }>(databaseTime);
    const now = { database: rows[0]!.seconds, here: performance.now() / 1000 };
    const back = this.seen === undefined ? 0 : this.seen.database + (asked - this.seen.here) - now.database;
    if (back > TOLERANCE) {
      this.logs.queue.warn({ seconds: Math.round(back) }, "the database's clock went back: what waits begins at once");
      await this.repair();
    }
    this.seen = now; // not before the repair succeeded
  }

  private async repair(): Promise<void> {
    for (const statement of REPAIRS) await this.database.query(statement);
    for (const statement of REPAIRS_IN_BATCHES) {
      for (let rows = BATCH; rows === BATCH;) rows = (await this.database.query(statement, [BATCH])).rowCount ?? 0;
    }
  }
}
