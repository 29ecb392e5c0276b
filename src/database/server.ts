import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Settings } from '../config/settings.js';
import { OcrError } from '../errors/ocr-error.js';
import { clientOptions, type DatabaseConnection, withoutPassword } from './connection.js';
import { isConnectionLoss, READ_ONLY } from './connection-errors.js';
import { WRITABLE } from './database.js';
import { EmbeddedPostgres, type ServerLog } from './embedded/embedded-postgres.js';

/** Least `server_version_num` that is supported: PostgreSQL 15. */
const LEAST_VERSION = 150_000;
/** Milliseconds a server of DATABASE_URL that is not up yet is waited for. */
const WAIT = 30_000;

/** A reachable PostgreSQL of a supported version: the one of DATABASE_URL, or the embedded one. */
export interface DatabaseServer {
  readonly connection: DatabaseConnection;
  /** Ends the embedded server if it is this process's; does nothing to a server of DATABASE_URL. */
  stop(): Promise<void>;
}

/**
 * Reaches the database the settings name, starting the embedded one when they name none.
 * @throws OcrError `service_unavailable` saying what is wrong: nobody answers, wrong password, too old...
 */
export async function openServer(settings: Pick<Settings, 'database_url' | 'data_dir'>, log: ServerLog): Promise<DatabaseServer> {
  if (settings.database_url === undefined) {
    const embedded = await EmbeddedPostgres.start({ dataDir: settings.data_dir, log });
    log.info(`The embedded PostgreSQL is ${embedded.isOwner ? 'running' : 'run by another process'} (data in ${embedded.home}).`);
    return { connection: { url: embedded.url }, stop: () => embedded.stop() };
  }
  const connection = { url: settings.database_url };
  await checkVersion(connection, log);
  return { connection, stop: async () => {} };
}

async function checkVersion(connection: DatabaseConnection, log: ServerLog): Promise<void> {
  const { num, name } = await askVersion(connection, log);
  if (num >= LEAST_VERSION) return;
  throw refused(connection, `is PostgreSQL ${name}; PostgreSQL 15 or later is needed`);
}

async function askVersion(connection: DatabaseConnection, log: ServerLog): Promise<{ num: number; name: string }> {
  const deadline = Date.now() + WAIT;
  for (let pause = 250; ; pause = Math.min(pause * 2, 2000)) {
    const client = new pg.Client({ ...clientOptions(connection, 'start'), connectionTimeoutMillis: 5000 });
    client.on('error', () => {}); // the query's own error tells
    try {
      await client.connect();
      const { rows } = await client.query<{ num: number; name: string }>(
        "SELECT current_setting('server_version_num')::int AS num, current_setting('server_version') AS name",
      );
      await refuseStandby(client);
      return rows[0] ?? { num: 0, name: 'unknown' };
    } catch (error) {
      const reason = reasonOf(error);
      if (!isConnectionLoss(error)) throw refused(connection, `refuses us: ${reason}`, error);
      if (Date.now() + pause > deadline) throw refused(connection, `did not answer for ${WAIT / 1000} seconds: ${reason}`, error);
      log.warn(`The database at ${withoutPassword(connection.url)} is not reachable yet (${reason}); trying again.`);
    } finally {
      await client.end().catch(() => {});
    }
    await sleep(pause);
  }
}

/** A standby answers, but takes no writes: in a failover its address soon leads to a primary. */
async function refuseStandby(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ writable: boolean }>(WRITABLE);
  if (rows[0]?.writable !== true) throw Object.assign(new Error('it is read-only'), { code: READ_ONLY });
}

/** An AggregateError (every address of a name refused) has no message of its own. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

function refused(connection: DatabaseConnection, what: string, cause?: unknown): OcrError {
  const detail = `The database at ${withoutPassword(connection.url)} (DATABASE_URL) ${what}.`;
  return new OcrError('service_unavailable', { detail, retryable: false, cause });
}
