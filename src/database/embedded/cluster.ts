import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OcrError } from '../../errors/ocr-error.js';
import { account, command, giveToServer, type LaunchPlan } from './launch-plan.js';
import { isAlive } from './process-table.js';

/** Major version of the PostgreSQL that the package brings. */
const MAJOR = '18';
/** Where in the cluster's folder its connection facts lie: one rename makes both appear. */
const FACTS_FILE = 'ocr_queue.json';
const CONF_FILE = 'ocr_queue.conf';
/** Longest path of a unix socket: 108 bytes on Linux, 104 on macOS, with the closing NUL. */
const MAX_SOCKET_PATH = 103;

/** How to reach the server of a cluster. `port` names the socket file, too. */
export interface ClusterFacts {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly port: number;
}

/** The folder of the cluster's files. */
export function clusterFolder(plan: LaunchPlan): string {
  return join(plan.home, 'cluster');
}

/** The name the server's processes carry in their titles: tells our orphans from other people's servers. */
export function clusterName(plan: LaunchPlan): string {
  return `ocr-queue-${createHash('sha256').update(plan.home).digest('hex').slice(0, 12)}`;
}

/** The folder of the unix socket: in the home, or under the temporary folder when that path is too long for a socket. */
export function socketFolder(plan: LaunchPlan): string {
  const inHome = join(plan.home, 'run');
  const fits = Buffer.byteLength(join(inHome, '.s.PGSQL.65535')) <= MAX_SOCKET_PATH;
  return fits ? inHome : join(tmpdir(), clusterName(plan));
}

/** Makes the cluster if there is none, and gives its connection facts. Safe when several processes do it at once. */
export async function openCluster(plan: LaunchPlan): Promise<ClusterFacts> {
  const folder = clusterFolder(plan);
  if (!existsSync(folder)) await createCluster(plan, folder);
  const major = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (major !== MAJOR) {
    throw new OcrError('service_unavailable', {
      detail: `The data in ${folder} was written by PostgreSQL ${major}; this version brings ${MAJOR}. Dump it with the older one and load it here, or set DATABASE_URL.`,
      retryable: false,
    });
  }
  giveToServer(plan, plan.home);
  return JSON.parse(readFileSync(join(folder, FACTS_FILE), 'utf8')) as ClusterFacts;
}

async function createCluster(plan: LaunchPlan, folder: string): Promise<void> {
  removeAbandoned(plan);
  const work = mkdtempSync(join(plan.home, `init-${process.pid}-`));
  const fresh = join(work, 'cluster');
  const facts: ClusterFacts = {
    user: 'ocr_queue',
    password: randomBytes(24).toString('base64url'),
    database: 'ocr_queue',
    port: process.platform === 'win32' ? await freePort() : 5432,
  };
  const passwordFile = join(work, 'password');
  writeFileSync(passwordFile, facts.password, { mode: 0o600 });
  giveToServer(plan, passwordFile);
  giveToServer(plan, work);
  try {
    const identity = ['-U', facts.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
    // Sort order and case rules that no update of the operating system changes.
    const locale = ['--locale-provider=builtin', '--locale=C.UTF-8'];
    run(plan, 'initdb', ['-D', fresh, ...identity, ...locale, '--no-instructions']);
    run(plan, 'postgres', ['--single', '-D', fresh, 'postgres'], `CREATE DATABASE ${facts.database};\n`);
    appendFileSync(join(fresh, 'postgresql.conf'), `\ninclude_if_exists '${CONF_FILE}'\n`);
    writeFileSync(join(fresh, FACTS_FILE), JSON.stringify(facts), { mode: 0o600 });
    giveToServer(plan, join(fresh, FACTS_FILE));
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another process was quicker, and its cluster serves us both
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Writes the server's settings: what suits a laptop beside OCR, then `more`. `postgresql.auto.conf` overrides them. */
export function writeServerSettings(plan: LaunchPlan, facts: ClusterFacts, more: Readonly<Record<string, string>>): void {
  const sockets = process.platform === 'win32' ? '' : socketFolder(plan);
  if (sockets !== '') {
    mkdirSync(sockets, { recursive: true, mode: 0o700 });
    refuseForeignFolder(plan, sockets);
    giveToServer(plan, sockets);
  }
  const settings: Record<string, string> = {
    listen_addresses: sockets === '' ? '127.0.0.1' : '',
    port: String(facts.port),
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    cluster_name: clusterName(plan),
    max_connections: '200',
    shared_buffers: '128MB',
    synchronous_commit: 'on',
    wal_compression: 'on',
    min_wal_size: '64MB',
    max_wal_size: '512MB',
    checkpoint_timeout: '10min',
    random_page_cost: '1.1',
    max_parallel_workers_per_gather: '0', // the cores belong to OCR
    jit: 'off',
    io_method: 'sync',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    log_min_messages: 'warning',
    ...more,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const path = join(clusterFolder(plan), CONF_FILE);
  const unfinished = `${path}.${process.pid}`;
  const comment = '# Written at every start. Your own settings belong into postgresql.auto.conf (ALTER SYSTEM).';
  writeFileSync(unfinished, `${comment}\n${lines.join('\n')}\n`);
  giveToServer(plan, unfinished);
  renameSync(unfinished, path); // another process may be starting the server right now
}

/** In the shared temporary folder somebody else may have made the folder first, to listen in our place. */
function refuseForeignFolder(plan: LaunchPlan, folder: string): void {
  const facts = lstatSync(folder);
  if (facts.isDirectory() && [process.getuid?.(), plan.account?.uid].includes(facts.uid)) return;
  throw new OcrError('service_unavailable', {
    detail: `${folder} belongs to another user; the embedded PostgreSQL needs it for its socket. Remove it, or choose a data_dir with a shorter path.`,
    retryable: false,
  });
}

/** A loopback port nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function run(plan: LaunchPlan, name: 'initdb' | 'postgres', args: string[], input = ''): void {
  const result = spawnSync(...command(plan, name, args), { ...account(plan), input, encoding: 'utf8' });
  if (result.status === 0) return;
  throw new OcrError('service_unavailable', {
    detail: `The embedded PostgreSQL could not be set up in ${plan.home}: ${result.error?.message ?? result.stderr.trim()}. Set DATABASE_URL to use another one.`,
    retryable: false,
  });
}

/** Removes what processes left that died while they made a cluster. */
function removeAbandoned(plan: LaunchPlan): void {
  for (const name of readdirSync(plan.home)) {
    const pid = /^init-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(plan.home, name), { recursive: true, force: true });
  }
}
