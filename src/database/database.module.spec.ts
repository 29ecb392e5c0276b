import { Global, Inject, Injectable, Module, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestDatabase } from '../../test/support/postgres.js';
import { ConfigModule } from '../config/config.module.js';
import { loadSettings } from '../config/load-settings.js';
import type { OcrError } from '../errors/ocr-error.js';
import { LoggingModule } from '../logging/logging.module.js';
import { Logs } from '../logging/logs.js';
import { dataSourceOptions } from './data-source.js';
import { DatabaseModule } from './database.module.js';
import { Database } from './database.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { Listener } from './listener.js';
import { migrate } from './migrate.js';
import { openServer } from './server.js';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocr-module-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What every other module may do until the end. */
@Injectable()
class LateWorker implements OnModuleDestroy, BeforeApplicationShutdown {
  readonly answers: unknown[] = [];

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Logs) private readonly logs: Logs,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.answers.push((await this.database.query("SELECT 'destroyed' AS answer")).rows[0]?.['answer']);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.answers.push((await this.database.query("SELECT 'before shutdown' AS answer")).rows[0]?.['answer']);
    this.logs.queue.info('given back');
  }
}

@Global()
@Module({ providers: [LateWorker], exports: [LateWorker] })
class LateModule {}

function compile(overrides: Record<string, unknown>) {
  const settings = loadSettings(
    { data_dir: join(folder, 'data'), log_dir: join(folder, 'logs'), log_console: 'off', ...overrides },
    {},
  );
  return Test.createTestingModule({
    imports: [ConfigModule.with(settings), LoggingModule, DatabaseModule.with([]), LateModule],
  }).compile();
}

describe('DatabaseModule', () => {
  it('brings the embedded server up and migrated, serves until the end, and takes it down', async () => {
    const app = await compile({});
    await app.init();
    const applied = await app.get(DataSource).query<{ name: string }[]>('SELECT name FROM ocr_migrations');
    expect(applied.length).toBeGreaterThan(0);
    const worker = app.get(LateWorker);
    await app.close();
    expect(worker.answers).toEqual(['destroyed', 'before shutdown']);
    await expect(EmbeddedPostgres.urlOfRunning(join(folder, 'data'))).rejects.toThrow(/No embedded PostgreSQL runs/);
    expect(readFileSync(join(folder, 'logs', 'ocr_queue.log'), 'utf8')).toContain('given back');
  });

  it('uses the server of database_url and leaves it running', async () => {
    const test = await startTestDatabase();
    const app = await compile({ database_url: test.url });
    await app.init();
    expect(await app.get(Database).isHealthy()).toBe(true);
    await app.close();
    const database = new Database(test.connection, { poolSize: 1, log: quiet });
    expect(await database.isHealthy()).toBe(true);
    await database.close();
    await test.stop();
  });
});

describe('openServer', () => {
  it('says that the password is wrong, without saying the password', async () => {
    const test = await startTestDatabase();
    const wrong = test.url.replace(/:[^:@]*@/, ':hunter2@');
    const error: unknown = await openServer({ database_url: wrong, data_dir: folder }, quiet).catch((each: unknown) => each);
    expect(error).toMatchObject({
      code: 'service_unavailable',
      message: expect.stringMatching(/password authentication failed/),
    });
    expect((error as Error).message).not.toContain('hunter2');
    await test.stop();
  });

  it('waits for a server that is not up yet', async () => {
    const test = await startTestDatabase();
    const { hostname } = new URL(test.url);
    const target = join(decodeURIComponent(hostname), '.s.PGSQL.5432');
    const front = createServer((client) => {
      const server = connect(target);
      client.pipe(server).pipe(client);
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    // The unix socket appears only after the first warning.
    const url = test.url.replace(hostname, encodeURIComponent(folder));
    const warn = vi.fn<(message: string) => void>(() => front.listening || front.listen(join(folder, '.s.PGSQL.5432')));
    const server = await openServer({ database_url: url, data_dir: folder }, { ...quiet, warn });
    expect(warn).toHaveBeenCalled();
    expect(server.connection.url).toBe(url);
    await new Promise((resolve) => front.close(resolve));
    await test.stop();
  });
});

describe('migrate', () => {
  it('is run once by processes that start together', async () => {
    const embedded = await EmbeddedPostgres.start({ dataDir: folder, log: quiet });
    const runs = await Promise.all([1, 2, 3, 4].map(() => migrate({ url: embedded.url })));
    const working = runs.filter((names) => names.length > 0);
    expect(working).toHaveLength(1);
    expect(await migrate({ url: embedded.url })).toEqual([]);
    await embedded.stop();
  });

  it('refuses a database of a newer version, and changes nothing there', async () => {
    const test = await startTestDatabase();
    const database = new Database(test.connection, { poolSize: 1, log: quiet });
    const answer = () => migrate(test.connection).catch((error: unknown) => error);
    await database.query(`INSERT INTO ocr_migrations (timestamp, name) VALUES (9999999999999, 'Later9999999999999')`);
    const error = (await answer()) as OcrError;
    expect(error).toMatchObject({ code: 'service_unavailable', retryable: false });
    expect(error.message).toMatch(/newer version \(it has Later9999999999999\)/);
    expect(error.message).not.toContain(new URL(test.url).password);
    await database.query(`DELETE FROM ocr_migrations WHERE name = 'Later9999999999999'`);
    expect(await answer()).toEqual([]);
    await database.close();
    await test.stop();
  });

  it('warns of processes of an older version, only where there is something to migrate', async () => {
    const test = await startTestDatabase();
    const listener = new Listener(test.connection, quiet);
    listener.on('anything', () => {});
    await listener.ready();
    const warn = vi.fn<(message: string) => void>();
    await migrate(test.connection, { warn });
    expect(warn).not.toHaveBeenCalled();
    await undoLastMigration(test.url);
    expect(await migrate(test.connection, { warn })).toHaveLength(1);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^A process of an older version works/));
    await listener.close();
    await undoLastMigration(test.url);
    expect(await migrate(test.connection, { warn })).toHaveLength(1);
    expect(warn).toHaveBeenCalledOnce();
    await test.stop();
  });

  it('goes all the way down and up again', async () => {
    const test = await startTestDatabase();
    const source = await new DataSource(await dataSourceOptions(test.url)).initialize();
    const count = source.migrations.length;
    for (let step = 0; step < count; step += 1) await source.undoLastMigration();
    const left = await source.query<{ name: string }[]>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')`,
    );
    expect(left.map((row) => row.name)).toEqual(['ocr_migrations']);
    await source.destroy();
    expect(await migrate(test.connection)).toHaveLength(count);
    await test.stop();
  });
});

async function undoLastMigration(url: string): Promise<void> {
  const source = await new DataSource(await dataSourceOptions(url)).initialize();
  await source.undoLastMigration();
  await source.destroy();
}
