import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  clusterFolder,
  openCluster,
  socketFolder,
  writeServerSettings,
  type ClusterFacts,
} from '../../src/database/embedded/cluster.js';
import { account, command, giveToServer, planLaunch, type LaunchPlan } from '../../src/database/embedded/launch-plan.js';
import { migrate } from '../../src/database/migrate.js';
import { until } from './server-process.js';

/** One PostgreSQL process of the pair. */
export class ReplicaServer {
  private child: ChildProcess | undefined;

  constructor(
    readonly plan: LaunchPlan,
    private readonly facts: ClusterFacts,
  ) {}

  /** PostgreSQL URL over its unix socket. */
  get url(): string {
    const { user, password, port, database } = this.facts;
    return `postgres://${user}:${password}@${encodeURIComponent(socketFolder(this.plan))}:${port}/${database}`;
  }

  async start(settings: Record<string, string>): Promise<void> {
    writeServerSettings(this.plan, this.facts, settings);
    const [program, args] = command(this.plan, 'postgres', ['-D', clusterFolder(this.plan)]);
    this.child = spawn(program, args, { ...account(this.plan), stdio: 'ignore' });
    await until(
      () => this.rows('SELECT 1').catch(() => []),
      (rows) => rows.length === 1,
    );
  }

  /** Ends it without any goodbye. */
  async kill(): Promise<void> {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  async rows<Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(statement, values)).rows;
    } finally {
      await client.end();
    }
  }
}

/**
 * A primary and its hot standby, two real PostgreSQL processes of the binaries the product brings, with synchronous replication:
 * what was committed is on both. The standby is a copy made before the primary's first start.
 */
export class ReplicatedPostgres {
  private constructor(
    private readonly folder: string,
    readonly primary: ReplicaServer,
    readonly standby: ReplicaServer,
  ) {}

  static async start(): Promise<ReplicatedPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'ocr-replica-'));
    const planOf = (name: string) => {
      mkdirSync(join(folder, name));
      return planLaunch(join(folder, name));
    };
    const [first, second] = [planOf('a'), planOf('b')];
    const facts = await openCluster(first);
    cpSync(clusterFolder(first), clusterFolder(second), { recursive: true });
    writeFileSync(join(clusterFolder(second), 'standby.signal'), '');
    giveToServer(second, clusterFolder(second));
    const [primary, standby] = [new ReplicaServer(first, facts), new ReplicaServer(second, facts)];
    await primary.start({});
    const { user, password, port } = facts;
    const from = `host=${socketFolder(first)} port=${port} user=${user} password=${password} application_name=standby`;
    await standby.start({ primary_conninfo: from });
    await primary.rows(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await primary.rows('SELECT pg_reload_conf()');
    await until(
      () => primary.rows<{ sync_state: string }>('SELECT sync_state FROM pg_stat_replication'),
      (rows) => rows[0]?.sync_state === 'sync',
    );
    await migrate({ url: primary.url });
    return new ReplicatedPostgres(folder, primary, standby);
  }

  /** Makes the standby a primary. */
  async promote(): Promise<void> {
    await this.standby.rows('SELECT pg_promote()');
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary.kill(), this.standby.kill()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
