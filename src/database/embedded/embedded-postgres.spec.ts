import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../database.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { isAlive, listProcesses } from './process-table.js';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
let dataDir: string;
let open: { stop(): Promise<void> }[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'ocr-embedded-'));
  chmodSync(dataDir, 0o755);
  open = [];
});

afterEach(async () => {
  for (const each of open.reverse()) await each.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(folder = dataDir): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.start({ dataDir: folder, log: quiet });
  open.push(server);
  return server;
}

async function ask<T>(url: string, text: string): Promise<T | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<{ value: T }>(text)).rows[0]?.value;
  } finally {
    await client.end();
  }
}

/** Another process that starts the server on the same folder and keeps it until it is killed. */
class OtherProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly serverPid: number,
    readonly isOwner: boolean,
  ) {}

  static start(folder: string, account: { uid?: number; gid?: number } = {}): Promise<OtherProcess> {
    const module = new URL('./embedded-postgres.ts', import.meta.url).href;
    const code = `
      import { EmbeddedPostgres } from '${module}';
      const log = { info() {}, warn() {}, error: console.error };
      const server = await EmbeddedPostgres.start({ dataDir: process.argv[1], log });
      console.log(JSON.stringify([server.serverPid, server.isOwner]));
      process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
      setInterval(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...account,
    });
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error('the other process ended')));
      child.stdout.once('data', (data: Buffer) => {
        const [pid, isOwner] = JSON.parse(String(data)) as [number, boolean];
        const other = new OtherProcess(child, pid, isOwner);
        open.push(other);
        resolve(other);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }
}

describe('EmbeddedPostgres', () => {
  it('starts on an empty folder, keeps its data through a restart, and leaves nothing running', async () => {
    const first = await start();
    const pid = first.serverPid ?? 0;
    expect(await ask(first.url, 'SELECT current_database() AS value')).toBe('ocr_queue');
    expect(await ask(first.url, "SELECT current_setting('server_version_num')::int / 10000 AS value")).toBe(18);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT value FROM kept')).toBe(42);
  });

  it('lets nobody in without the password, and nobody but the owner at the files', async () => {
    const server = await start();
    const { hostname } = new URL(server.url);
    await expect(ask(`postgres://ocr_queue:wrong@${hostname}/ocr_queue`, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres')).mode & 0o077).toBe(0);
  });

  it('takes a data folder too deep for a socket', async () => {
    const deep = join(dataDir, 'x'.repeat(60), "y'z ".repeat(15));
    mkdirSync(deep, { recursive: true });
    const server = await start(deep);
    expect(await ask(server.url, 'SELECT 1 AS value')).toBe(1);
  });

  it.runIf(process.getuid?.() === 0)('works as root below a folder closed to everybody else', async () => {
    const server = await start();
    await ask(server.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    await server.stop();
    chmodSync(dataDir, 0o700);
    const closed = await start();
    expect(await ask(closed.url, 'SELECT value FROM kept')).toBe(42);
    await closed.stop();
    chmodSync(dataDir, 0o755);
    const opened = await start();
    expect(await ask(opened.url, 'SELECT value FROM kept')).toBe(42);
  });

  it.runIf(process.getuid?.() === 0)(
    'leaves a user the database that is theirs, when root looks into it or runs it',
    async () => {
      // An account every system has.
      const user = { uid: 1, gid: 1 };
      chownSync(dataDir, user.uid, user.gid);
      const theirs = await OtherProcess.start(dataDir, user);
      const url = await EmbeddedPostgres.urlOfRunning(dataDir);
      await ask(url, 'CREATE TABLE kept AS SELECT 42 AS value');
      const joined = await start();
      expect([joined.isOwner, joined.serverPid]).toEqual([false, theirs.serverPid]);
      await joined.stop();
      await theirs.end('SIGTERM');
      const owners = () =>
        new Set(readdirSync(dataDir, { recursive: true }).map((name) => lstatSync(join(dataDir, String(name))).uid));
      expect(owners()).toEqual(new Set([user.uid]));
      const roots = await start();
      expect(await ask(roots.url, 'SELECT value FROM kept')).toBe(42);
      await roots.stop();
      expect(owners()).toEqual(new Set([user.uid]));
      const again = await OtherProcess.start(dataDir, user);
      expect(again.isOwner).toBe(true);
      // Somebody else is told whose it is.
      const others = OtherProcess.start(dataDir, { uid: 2, gid: 2 });
      await expect(others).rejects.toThrow('the other process ended');
    },
  );

  it('starts the server again when it was killed, so that a pool goes on', async () => {
    const server = await start();
    const database = new Database({ url: server.url }, { poolSize: 3, log: quiet });
    await database.query('CREATE TABLE kept AS SELECT 42 AS value');
    // A backend in the middle of its work holds the shared memory of the dead server.
    const busy = Promise.all([1, 2].map(() => database.query('SELECT pg_sleep(20)').catch((error: unknown) => error)));
    await vi.waitFor(() => expect(database.load.total).toBe(2));
    process.kill(server.serverPid ?? 0, 'SIGKILL');
    await vi.waitFor(async () => expect((await database.query('SELECT value FROM kept')).rows).toEqual([{ value: 42 }]), {
      timeout: 10_000,
      interval: 20,
    });
    expect(await busy).toMatchObject([{ code: 'service_unavailable' }, { code: 'service_unavailable' }]);
    await database.close();
  });

  it('ends the server within a second when its process is killed', async () => {
    const other = await OtherProcess.start(dataDir);
    await other.end('SIGKILL');
    await vi.waitFor(() => expect(isAlive(other.serverPid)).toBe(false), { timeout: 3000, interval: 20 });
  });

  it('takes over a server whose process and watchdog were both killed', async () => {
    const other = await OtherProcess.start(dataDir);
    const watchdog = listProcesses().find((each) => each.parent === other.pid && each.command.startsWith('sh '));
    process.kill(watchdog?.pid ?? 0, 'SIGKILL');
    await other.end('SIGKILL');
    const heir = await start();
    expect([heir.serverPid, heir.isOwner]).toEqual([other.serverPid, true]);
    await heir.stop();
    expect(isAlive(other.serverPid)).toBe(false);
  });

  it('starts after a crash when another program has got the process id of the old server', async () => {
    const first = await start();
    await first.stop();
    const cluster = join(dataDir, 'postgres', 'cluster');
    writeFileSync(join(cluster, 'postmaster.pid'), `1\n${cluster}\n1700000000\n5432\n\n\n\nready\n`);
    const second = await start();
    expect(await ask(second.url, 'SELECT 1 AS value')).toBe(1);
  });

  it('says what is wrong when the server cannot start', async () => {
    await (await start()).stop();
    const broken = EmbeddedPostgres.start({ dataDir, log: quiet, serverSettings: { shared_buffers: 'much' } });
    await expect(broken).rejects.toThrow(/invalid value for parameter "shared_buffers"[^]*DATABASE_URL/);
  });

  it('is shared by processes; a survivor takes over when the owner is killed or stops', async () => {
    const owner = await OtherProcess.start(dataDir);
    const guest = await start();
    const another = await OtherProcess.start(dataDir);
    expect([owner.isOwner, guest.isOwner, another.isOwner]).toEqual([true, false, false]);
    expect(guest.serverPid).toBe(owner.serverPid);
    await ask(guest.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    await owner.end('SIGKILL');
    const again = async () => expect(await ask(guest.url, 'SELECT value FROM kept')).toBe(42);
    await vi.waitFor(again, { timeout: 8000, interval: 50 });
    expect(guest.serverPid).not.toBe(owner.serverPid);
    await another.end('SIGTERM');
    await vi.waitFor(again, { timeout: 8000, interval: 50 });
  });

  it('is started once by processes that start together on an empty folder', async () => {
    const all = await Promise.all([OtherProcess.start(dataDir), OtherProcess.start(dataDir), start()]);
    const pids = new Set(all.map((each) => each.serverPid));
    expect(pids.size).toBe(1);
    expect(all.filter((each) => each.isOwner)).toHaveLength(1);
  });
});
