import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres.js';
import { OcrError } from '../errors/ocr-error.js';
import { Database } from './database.js';

const quiet = { warn: () => {} };
let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await startTestDatabase();
  database = new Database(test.connection, { poolSize: 4, log: quiet });
  await database.query('CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL)');
  await database.query('INSERT INTO accounts VALUES (1, 100), (2, 100)');
});

afterAll(async () => {
  await database?.close();
  await test?.stop();
});

describe('Database', () => {
  it('gives bigints as numbers and refuses those that do not fit', async () => {
    const { rows } = await database.query<{ n: number }>('SELECT count(*) AS n FROM accounts');
    expect(rows[0]?.n).toBe(2);
    await expect(database.query('SELECT 9007199254740993::bigint')).rejects.toThrow(RangeError);
  });

  it('prepares a named statement once for each connection', async () => {
    const statement = { name: 'balance_of', text: 'SELECT balance FROM accounts WHERE id = $1' };
    await database.transaction(async (tx) => {
      await tx.query(statement, [1]);
      await tx.query(statement, [2]);
      const { rows } = await tx.query<{ n: number }>(
        "SELECT count(*) AS n FROM pg_prepared_statements WHERE name = 'balance_of'",
      );
      expect(rows[0]?.n).toBe(1);
    });
  });

  it('prepares nothing behind a pooling proxy', async () => {
    const proxied = new Database({ url: `${test.url}?pgbouncer=true` }, { poolSize: 2, log: quiet });
    try {
      await proxied.transaction(async (tx) => {
        await tx.query({ name: 'one', text: 'SELECT 1' });
        expect((await tx.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
      });
    } finally {
      await proxied.close();
    }
  });

  it('sends no more statements of a lane at a time than it has places, and all of them in the end', async () => {
    const lane = { size: 2 };
    const statement = { text: 'SELECT pg_advisory_xact_lock_shared(7), $1::int AS n', lane };
    const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
    const holder = new Database(test.connection, { poolSize: 1, log: quiet });
    let answers: Promise<number>[] = [];
    try {
      await holder.transaction(async (tx) => {
        await tx.query('SELECT pg_advisory_xact_lock(7)');
        answers = [1, 2, 3, 4].map(async (n) => (await database.query<{ n: number }>(statement, [n])).rows[0]!.n);
        // The pool has room for others meanwhile: those that wait in line hold no connection.
        const sent = async () => (await database.query<{ n: number }>(waiting)).rows[0]!.n;
        await expect.poll(sent).toBe(2);
        expect(await sent()).toBe(2);
      });
      expect(await Promise.all(answers)).toEqual([1, 2, 3, 4]);
    } finally {
      await holder.close();
    }
    await expect(database.query({ text: 'SELECT 1 / 0', lane })).rejects.toMatchObject({ code: '22012' });
    await expect(database.query({ text: 'SELECT 1 / 0', lane })).rejects.toMatchObject({ code: '22012' });
    expect((await database.query({ text: 'SELECT 1', lane })).rowCount).toBe(1);
  });

  it('rolls back what failed', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query('UPDATE accounts SET balance = 0');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    const { rows } = await database.query<{ sum: number }>('SELECT sum(balance)::bigint AS sum FROM accounts');
    expect(rows[0]?.sum).toBe(200);
  });

  it('passes the SQLSTATE of a violated constraint on, and keeps the connection', async () => {
    const before = database.load.total;
    await expect(database.query('INSERT INTO accounts VALUES (1, 5)')).rejects.toMatchObject({ code: '23505' });
    expect(database.load.total).toBe(before);
  });

  it('runs a transaction again that lost a deadlock', async () => {
    let runs = 0;
    let arrived = 0;
    let release = () => {};
    const bothHoldOne = new Promise<void>((resolve) => (release = resolve));
    const move = (first: number, second: number) =>
      database.transaction(async (tx) => {
        runs += 1;
        await tx.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1', [first]);
        arrived += 1;
        if (arrived === 2) release();
        await bothHoldOne;
        await tx.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1', [second]);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    expect(runs).toBe(3);
    const { rows } = await database.query<{ balance: number }>('SELECT balance FROM accounts');
    expect(rows.map((row) => row.balance)).toEqual([102, 102]);
  });

  it('calls a cut connection service_unavailable, and works again after it', async () => {
    const cut = database.transaction(async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await tx.query('SELECT 1');
    });
    await expect(cut).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(await database.isHealthy()).toBe(true);
  });

  it('is unhealthy when nobody answers', async () => {
    const nobody = new Database({ url: 'postgres://nobody@127.0.0.1:1/none' }, { poolSize: 1, log: quiet });
    expect(await nobody.isHealthy()).toBe(false);
    await expect(nobody.query('SELECT 1')).rejects.toBeInstanceOf(OcrError);
    await nobody.close();
  });
});
