import pg from 'pg';
import { DataSource } from 'typeorm';
import { OcrError } from '../errors/ocr-error.js';
import { clientOptions, type DatabaseConnection, withoutPassword } from './connection.js';
import { dataSourceOptions } from './data-source.js';

/** Key of the advisory lock that lets one process migrate at a time: "ocr_migr" in ASCII. */
const MIGRATION_LOCK = '0x6f63725f6d696772';

/** Processes that are up, by the connection each keeps for being told what happens. Those that start now wait for the lock. */
const RUNNING = `SELECT count(*)::int AS count FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'ocr-queue listener'`;

/** A pino logger fits. */
export interface MigrationLog {
  warn(message: string): void;
}

/**
 * Brings the database's schema up to this version; harmless when it is. Safe when several processes do it at once: one
 * migrates, the others wait and then find nothing to do. Warns when it changes what processes of an older version work with.
 * @returns the names of the migrations that were run.
 * @throws OcrError `service_unavailable` when a newer version has been here: this one would leave undone what that relies on
 */
export async function migrate(connection: DatabaseConnection, log?: MigrationLog): Promise<string[]> {
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
      await refuseNewer(source, connection);
      if (await source.showMigrations()) await warnOfRunning(lock, log);
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

/** An older version knows the newer one's tables no further than by their former columns: it sends no webhooks, for one. */
async function refuseNewer(source: DataSource, connection: DatabaseConnection): Promise<void> {
  const [table] = await source.query<[{ found: boolean }]>(`SELECT to_regclass('ocr_migrations') IS NOT NULL AS found`);
  if (!table.found) return;
  const applied = await source.query<{ name: string }[]>('SELECT name FROM ocr_migrations ORDER BY timestamp DESC');
  const known = new Set(source.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const newer = applied.find(({ name }) => !known.has(name));
  if (newer === undefined) return;
  const where = withoutPassword(connection.url);
  throw new OcrError('service_unavailable', {
    detail: `The database at ${where} is that of a newer version (it has ${newer.name}). Start that version, or restore a backup made before it.`,
    retryable: false,
  });
}

async function warnOfRunning(client: pg.Client, log: MigrationLog | undefined): Promise<void> {
  const { rows } = await client.query<{ count: number }>(RUNNING);
  const count = rows[0]?.count ?? 0;
  if (count === 0) return;
  const who = count === 1 ? 'A process of an older version works' : `${count} processes of an older version work`;
  log?.warn(`${who} with this database while it is migrated: stop all of the old version before the new one is started.`);
}
