import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OcrError } from '../../errors/ocr-error.js';
import { program } from './binaries.js';
import { type ClusterFacts, clusterFolder, openCluster, socketFolder, writeServerSettings } from './cluster.js';
import { account, command, type LaunchPlan, planLaunch } from './launch-plan.js';
import { answers, clearRemains, findPostmaster } from './postmaster.js';
import { isAlive } from './process-table.js';
import { OwnerFile, ServerLogFile } from './server-files.js';
import { Watchdog } from './watchdog.js';

/** Milliseconds between two looks whether the server still runs. */
const LOOK_INTERVAL = 250;
/** Milliseconds a start may take: crash recovery of a busy database included. */
const START_TIMEOUT = 60_000;
/** Times the server may end while starting before the start has failed. */
const MOST_LAUNCHES = 8;
/** Milliseconds a fast shutdown may take before the server is told to leave at once. */
const STOP_TIMEOUT = 10_000;
/** Milliseconds the watchdog of a dead owner is given to end its server before that is taken over running. */
const WATCHDOG_TIME = 2500;

/** Where messages about the server go. A pino logger fits. */
export interface ServerLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface EmbeddedPostgresOptions {
  /** The product's `data_dir`; the cluster lies in `postgres` below it. */
  readonly dataDir: string;
  readonly log: ServerLog;
  /** More server settings (`postgresql.conf` names), over the built-in ones. */
  readonly serverSettings?: Readonly<Record<string, string>>;
}

/**
 * The PostgreSQL that comes with the product. The first process to need it starts it and owns it; further processes on
 * the same folder use the running one. Every one of them looks after it: when the server dies, or goes with its owner,
 * one of the living starts it again at the same address, so connection pools find it.
 */
export class EmbeddedPostgres {
  private readonly owner: OwnerFile;
  private readonly serverLog: ServerLogFile;
  private child: ChildProcess | undefined;
  private watchdog: Watchdog | undefined;
  private stopping = false;
  private ensuring: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly plan: LaunchPlan,
    private readonly facts: ClusterFacts,
  ) {
    this.owner = new OwnerFile(join(plan.home, 'owner.json'));
    this.serverLog = new ServerLogFile(join(plan.home, 'server.log'));
  }

  /**
   * Starts the server, or finds the running one, and returns once it takes connections.
   * @throws OcrError `service_unavailable` saying what is wrong, when it cannot run here.
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const plan = planLaunch(options.dataDir);
    const server = new EmbeddedPostgres(options, plan, await openCluster(plan));
    await server.ensureRunning().catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    server.timer = setInterval(() => void server.look(), LOOK_INTERVAL).unref();
    return server;
  }

  /**
   * The address of the server that another process runs on `dataDir`.
   * @throws OcrError `service_unavailable` when none runs.
   */
  static async urlOfRunning(dataDir: string): Promise<string> {
    if (existsSync(join(dataDir, 'postgres'))) {
      const plan = planLaunch(dataDir);
      if (findPostmaster(plan)?.ready === true) return urlOf(plan, await openCluster(plan));
    }
    throw new OcrError('service_unavailable', {
      detail: `No embedded PostgreSQL runs on ${dataDir}. Start the product, or set DATABASE_URL.`,
      retryable: false,
    });
  }

  /** The server's address as a PostgreSQL URL (the folder of a unix socket stands percent-encoded in the host's place). */
  get url(): string {
    return urlOf(this.plan, this.facts);
  }

  /** The folder of the cluster, its socket and its log (see {@link planLaunch} for when it is not in `data_dir`). */
  get home(): string {
    return this.plan.home;
  }

  /** True when this process started the server or took it over: it ends with this process. */
  get isOwner(): boolean {
    return this.watchdog !== undefined;
  }

  /** Process id of the running server; undefined when it is down. */
  get serverPid(): number | undefined {
    return findPostmaster(this.plan)?.pid;
  }

  /** Ends the server if it is ours (connections are cut, work committed is safe), and stops looking after it. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.ensuring?.catch(() => {});
    if (!this.isOwner) return;
    const pid = this.serverPid ?? this.child?.pid;
    if (pid !== undefined) await this.end(pid);
    this.letGo();
    this.owner.remove();
  }

  private async end(pid: number): Promise<void> {
    for (const [signal, patience] of [
      ['SIGINT', STOP_TIMEOUT],
      ['SIGQUIT', 3000],
      ['SIGKILL', 3000],
    ] as const) {
      this.signal(pid, signal);
      const deadline = Date.now() + patience;
      while (Date.now() < deadline) {
        if (!isAlive(pid)) return;
        await sleep(10);
      }
      this.options.log.warn(`The embedded PostgreSQL did not end on ${signal}.`);
    }
  }

  private signal(pid: number, signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
    if (process.platform === 'win32' && signal !== 'SIGKILL') {
      spawn(program(this.plan.native, 'pg_ctl'), ['kill', signal.slice(3), String(pid)], { stdio: 'ignore', windowsHide: true });
      return;
    }
    try {
      process.kill(pid, signal);
    } catch {
      // gone already
    }
  }

  private async look(): Promise<void> {
    if (this.stopping || this.ensuring !== undefined || findPostmaster(this.plan) !== undefined) return;
    if (await answers(this.plan, this.facts)) return;
    if (this.stopping) return;
    this.letGo(); // of a server that was taken over: its process id is free for others now
    this.options.log.warn('The embedded PostgreSQL is gone; starting it again.');
    await this.ensureRunning().catch((error: unknown) =>
      this.options.log.error(`The embedded PostgreSQL could not be started again: ${(error as Error).message}`),
    );
  }

  private ensureRunning(): Promise<void> {
    this.ensuring ??= this.runOrJoin().finally(() => (this.ensuring = undefined));
    return this.ensuring;
  }

  private async runOrJoin(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT;
    let launches = 0;
    while (!this.stopping) {
      const running = findPostmaster(this.plan);
      if (running?.ready === true) return this.join(running.pid);
      if (running === undefined) {
        if (await answers(this.plan, this.facts)) return; // its process id is not ours to see
        if (launches >= MOST_LAUNCHES) throw this.notStarted(`ended ${launches} times while starting`);
        launches += 1;
        await this.launch();
        // A start lost against another process, or against a server that is still dying, is worth waiting for.
        if (this.child === undefined) await sleep(100 * launches);
      }
      if (Date.now() > deadline) throw this.notStarted(`was not ready after ${START_TIMEOUT / 1000} seconds`);
      await sleep(10);
    }
  }

  private notStarted(what: string): OcrError {
    return new OcrError('service_unavailable', {
      detail: `The embedded PostgreSQL ${what}; the end of ${this.serverLog.path}:\n${this.serverLog.lastLines()}\nSet DATABASE_URL to use another one.`,
      retryable: false,
    });
  }

  /** Starts the server; returns when it has written its lock file, or has ended. */
  private async launch(): Promise<void> {
    clearRemains(this.plan, this.facts);
    writeServerSettings(this.plan, this.facts, this.options.serverSettings ?? {});
    const log = this.serverLog.open();
    const watchdog = new Watchdog(program(this.plan.native, 'pg_ctl'));
    // A session of its own: Ctrl+C in the terminal is ours to hear, and the server's end comes last.
    const child = spawn(...command(this.plan, 'postgres', ['-D', clusterFolder(this.plan)]), {
      ...account(this.plan),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const ended = () => {
      watchdog.release();
      if (this.child !== child) return;
      this.letGo();
      void this.look();
    };
    child.once('exit', ended);
    child.once('error', (error) => {
      this.options.log.error(`The embedded PostgreSQL could not be started: ${error.message}`);
      ended();
    });
    if (child.pid !== undefined) watchdog.watch(child.pid);
    child.unref();
    this.child = child;
    this.watchdog = watchdog;
    while (this.child === child && findPostmaster(this.plan)?.pid !== child.pid) await sleep(5);
  }

  /** The server is ready: ours, a living owner's, or one whose owner died without a watchdog. */
  private async join(pid: number): Promise<void> {
    if (this.child?.pid === pid) {
      this.owner.claim();
      return;
    }
    const deadline = Date.now() + WATCHDOG_TIME;
    while (!this.owner.isOwnerAlive()) {
      if (this.serverPid !== pid) return this.runOrJoin();
      if (Date.now() > deadline) {
        this.options.log.warn(`Took over the embedded PostgreSQL (process ${pid}) of a process that died.`);
        this.watchdog = new Watchdog(program(this.plan.native, 'pg_ctl'));
        this.watchdog.watch(pid);
        this.owner.claim();
        return;
      }
      await sleep(20);
    }
  }

  private letGo(): void {
    this.watchdog?.release();
    this.watchdog = undefined;
    this.child = undefined;
  }
}

function urlOf(plan: LaunchPlan, { user, password, database, port }: ClusterFacts): string {
  const host = process.platform === 'win32' ? '127.0.0.1' : encodeURIComponent(socketFolder(plan));
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}
