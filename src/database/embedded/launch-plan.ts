import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { OcrError } from '../../errors/ocr-error.js';
import { copyNative, installedNative, program } from './binaries.js';

/** The unprivileged account (nobody) the server runs as when this process is root: PostgreSQL refuses to be root. */
const NOBODY_ID = 65534;
const NOBODY: Account = { uid: NOBODY_ID, gid: NOBODY_ID };
const ROOT: Account = { uid: 0, gid: 0 };
const AS_NOBODY: [string, ...string[]] = ['unshare', '--user', `--map-user=${NOBODY_ID}`, `--map-group=${NOBODY_ID}`];

/** A fixed, small environment: PG*, LC_* and LANG of the caller must not change what the server does. */
export const SERVER_ENV: NodeJS.ProcessEnv | undefined =
  process.platform === 'win32'
    ? undefined
    : { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** How the server's programs are run, and where its files lie. The same for every process on this machine. */
export interface LaunchPlan {
  /** Folder of bin, lib and share. */
  readonly native: string;
  /** Folder of the cluster, the socket and the server's log. */
  readonly home: string;
  /** Command put before each program. */
  readonly prefix: readonly string[];
  /** Account the programs run as; undefined: as this process. */
  readonly account?: Account;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses how to run the server for `dataDir`. Not root: simply (a user without a name: inside a user namespace). Root: as the user whose
 * database lies there, which stays theirs; else as nobody when that account can reach the folder; else as root inside a user namespace that
 * calls it nobody (a parent such as /root is closed to the real nobody); else as nobody with the data under /var/lib/ocr-queue.
 * @throws OcrError `service_unavailable` when nothing works, naming DATABASE_URL, or when the database there is another user's.
 */
export function planLaunch(dataDir: string): LaunchPlan {
  const native = installedNative();
  const home = join(dataDir, 'postgres');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const uid = process.getuid?.();
  const owner = lstatSync(home);
  if (uid !== undefined && uid !== 0 && owner.uid !== uid) {
    throw new OcrError('service_unavailable', {
      detail: `The database in ${home} belongs to another account (${owner.uid}; this is ${uid}): run as that, or change the owner of all that is in it.`,
      retryable: false,
    });
  }
  const plan = process.getuid?.() === 0 ? planAsRoot(native, home) : { native, home, prefix: hasName() ? [] : AS_NOBODY };
  chmodSync(plan.home, 0o700);
  const trial = spawnSync(...command(plan, 'postgres', ['--version']), { ...account(plan), encoding: 'utf8' });
  if (trial.status !== 0) {
    throw new OcrError('service_unavailable', {
      detail: `The embedded PostgreSQL does not run here (${trial.error?.message ?? trial.stderr.trim()}). Set DATABASE_URL to a PostgreSQL 15 or later.`,
      retryable: false,
    });
  }
  return plan;
}

/** Program and arguments for spawn, with the plan's prefix. */
export function command(plan: LaunchPlan, name: 'postgres' | 'initdb', args: readonly string[]): [string, string[]] {
  const [first = '', ...rest] = [...plan.prefix, program(plan.native, name), ...args];
  return [first, rest];
}

/** Spawn options that make the plan's account and environment hold. The working folder is one every account can enter. */
export function account(plan: LaunchPlan): { uid?: number; gid?: number; env?: NodeJS.ProcessEnv; cwd: string } {
  return { ...plan.account, env: SERVER_ENV, cwd: plan.home };
}

/** Gives `path` and all below it to the account the server runs as, if they belong to another one. */
export function giveToServer(plan: LaunchPlan, path: string): void {
  if (process.getuid?.() === 0) own(path, plan.account ?? ROOT);
}

/** False for a bare user id, as containers are given: initdb wants a name, and finds one as nobody. */
function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function planAsRoot(native: string, home: string): LaunchPlan {
  const theirs = ownerOfCluster(home);
  if (theirs !== undefined) return asAccount(theirs, native, home);
  const elsewhere = join('/var/lib/ocr-queue', createHash('sha256').update(home).digest('hex').slice(0, 16));
  const isElsewhere = existsSync(join(elsewhere, 'cluster')); // data stays where it once was put
  if (!isElsewhere && can(NOBODY, '-x', dirname(home))) return asAccount(NOBODY, native, home);
  if (!isElsewhere && spawnSync(AS_NOBODY[0], [...AS_NOBODY.slice(1), 'true'], { env: SERVER_ENV }).status === 0) {
    own(home, ROOT);
    return { native, home, prefix: AS_NOBODY };
  }
  mkdirSync(elsewhere, { recursive: true });
  return asAccount(NOBODY, native, elsewhere);
}

/** The user a database was made by who was neither root nor had it made by root; undefined when there is none. */
function ownerOfCluster(home: string): Account | undefined {
  const { uid, gid } = lstatSync(join(home, 'cluster'), { throwIfNoEntry: false }) ?? ROOT;
  return uid === 0 || uid === NOBODY_ID ? undefined : { uid, gid };
}

function asAccount(account: Account, native: string, home: string): LaunchPlan {
  own(home, account);
  const reachable = can(account, '-x', program(native, 'postgres'));
  const plan = { native: reachable ? native : copyNative(native, home), home, prefix: [], account };
  // What was copied is for whoever runs it.
  if (!reachable) own(plan.native, account);
  return plan;
}

function can(account: Account, test: '-w' | '-x', path: string): boolean {
  return spawnSync('sh', ['-c', 'test "$1" "$2"', 'sh', test, path], { ...account, env: SERVER_ENV, cwd: '/' }).status === 0;
}

function own(path: string, account: Account): void {
  const facts = lstatSync(path);
  if (facts.uid === account.uid) return; // given as a whole, top folder last: the rest is right as well
  if (facts.isDirectory()) for (const entry of readdirSync(path)) own(join(path, entry), account);
  lchownSync(path, account.uid, account.gid);
}
