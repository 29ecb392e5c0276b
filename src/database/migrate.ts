import pg from 'pg';
import { DataSource } from 'typeorm';
import { clientOptions, type DatabaseConnection } from './connection.js';
import { dataSourceOptions } from './data-source.js';

/** Key of the advisory lock that lets one process migrate at a time: "ocr_migr" in ASCII. */
const MIGRATION_LOCK = '0x6f63725f6d696772';

/**
 * Brings the database's schema up to this version; harmless when it is. Safe when several processes do it at once: one
 * migrates, the others wait and then find nothing to do.
 * @returns the names of the migrations that were run.
 */
export async function migrate(connection: DatabaseConnection): Promise<string[]> {
  const lock = new pg.Client(clientOptions(connection, 'migration lock'));
  let lost: Error | undefined;
  lock.on('error', (error) => (lost = error));
  await lock.connect();
  try {
    // A transaction's lock rather than a session's: it also holds through a transaction-pooling proxy.
    await lock.query('BEGIN');
    await lock.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.query('SELECT pg_advisory_xact_lock($1)', [BigInt(MIGRATION_LOCK).toString()]);
    const source = await new DataSource(await dataSourceOptions(connection.url)).initialize();
    try {
      const done = await source.runMigrations();
      if (lost !== undefined) throw lost;
      return done.map((migration) => migration.name);
    } finally {
      await source.destroy();
    }
  } finally {
    await lock.end().catch(() => {});
  }
}
