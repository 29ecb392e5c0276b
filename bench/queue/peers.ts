import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { loops, type Contender } from './contender.js';

/* The peers are installed beside the benchmark alone, so their types are not there: what is used of them is written down here. */
export interface GraphileWorker {
  run(options: object): Promise<{ stop(): Promise<void>; addJob(name: string, payload: object): Promise<unknown> }>;
  runMigrations(options: object): Promise<void>;
  Logger: new (factory: () => () => void) => unknown;
}
export interface PgBossModule {
  PgBoss: new (options: object) => PgBoss;
}
interface PgBoss extends EventEmitter {
  start(): Promise<void>;
  stop(options: object): Promise<void>;
  createQueue(name: string, options?: object): Promise<void>;
  work(name: string, options: object, handler: () => Promise<void>): Promise<string>;
  send(name: string, data: object): Promise<unknown>;
  fetch(name: string, options: object): Promise<{ id: string }[]>;
  complete(name: string, id: string): Promise<void>;
}

/** Loads a peer from the folder it was installed in. */
export async function load<T>(folder: string, name: string): Promise<T> {
  const resolved = createRequire(join(folder, 'package.json')).resolve(name);
  const module = (await import(pathToFileURL(resolved).href)) as T & { default?: T };
  // What was CommonJS has everything once more under `default`.
  return { ...module.default, ...module };
}

/** graphile-worker with its defaults: no batching, its own worker loops. */
export class Graphile implements Contender {
  readonly name = 'graphile-worker';

  constructor(
    private readonly url: string,
    private readonly folder: string,
  ) {}

  async install(): Promise<void> {
    const { runMigrations } = await load<GraphileWorker>(this.folder, 'graphile-worker');
    await runMigrations({ connectionString: this.url });
  }

  async fill(client: pg.Client, jobs: number): Promise<void> {
    await client.query(`SELECT graphile_worker.add_job('noop', json_build_object())`);
    await client.query('TRUNCATE graphile_worker._private_jobs');
    const { rows } = await client.query<{ id: number }>(
      `SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'noop'`,
    );
    await client.query(
      `INSERT INTO graphile_worker._private_jobs (task_id, payload) SELECT $1, '{}'::json FROM generate_series(1, $2)`,
      [rows[0]!.id, jobs],
    );
  }

  async work(connections: number, milliseconds: number): Promise<number> {
    const { run, Logger } = await load<GraphileWorker>(this.folder, 'graphile-worker');
    let finished = 0;
    // One connection more: it keeps one for LISTEN.
    const pgPool = new pg.Pool({ connectionString: this.url, max: connections + 1 });
    const logger = new Logger(() => () => {});
    const taskList = { noop: async () => void finished++ };
    const runner = await run({ pgPool, concurrency: connections, noHandleSignals: true, pollInterval: 1000, taskList, logger });
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const counted = finished;
    await runner.stop();
    await pgPool.end();
    return counted;
  }
}

/** pg-boss, jobs fetched and completed one at a time. */
export class Boss implements Contender {
  readonly name = 'pg-boss';

  constructor(
    private readonly url: string,
    private readonly folder: string,
  ) {}

  async install(): Promise<void> {
    const boss = await this.start(2);
    await boss.createQueue('noop');
    await boss.stop({ graceful: false });
  }

  async fill(client: pg.Client, jobs: number): Promise<void> {
    await client.query(`DELETE FROM pgboss.job WHERE name = 'noop'`);
    await client.query(
      `INSERT INTO pgboss.job (name, data, policy) SELECT 'noop', '{}', (SELECT policy FROM pgboss.queue WHERE name = 'noop') FROM generate_series(1, $1)`,
      [jobs],
    );
  }

  async work(connections: number, milliseconds: number): Promise<number> {
    const boss = await this.start(connections);
    try {
      return await loops(connections, milliseconds, () => async () => {
        const [job] = await boss.fetch('noop', { batchSize: 1 });
        if (job === undefined) return false;
        await boss.complete('noop', job.id);
        return true;
      });
    } finally {
      await boss.stop({ graceful: false });
    }
  }

  private async start(max: number): Promise<PgBoss> {
    const { PgBoss } = await load<PgBossModule>(this.folder, 'pg-boss');
    const boss = new PgBoss({ connectionString: this.url, max, supervise: false, schedule: false });
    boss.on('error', () => {});
    await boss.start();
    return boss;
  }
}
