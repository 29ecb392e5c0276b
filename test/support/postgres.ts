import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { DatabaseConnection } from '../../src/database/connection.js';

/** A database of its own for one test file. */
export interface TestDatabase {
  readonly connection: DatabaseConnection;
  /** PostgreSQL URL, as for `database_url`. */
  readonly url: string;
  /** Cuts every connection to it and drops it. */
  stop(): Promise<void>;
}

/** Copies the run's migrated template: a fresh, empty, migrated database in some ten milliseconds. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const template = inject('templateDatabaseUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administrate(template, `CREATE DATABASE ${name} TEMPLATE ${databaseOf(template)}`);
  const url = withDatabase(template, name);
  return {
    url,
    connection: { url },
    stop: () => administrate(template, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administrate(template: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(template, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function withDatabase(url: string, name: string): string {
  return `${url.slice(0, url.lastIndexOf('/') + 1)}${name}`;
}
