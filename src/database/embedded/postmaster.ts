import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { clusterFolder, clusterName, socketFolder, type ClusterFacts } from './cluster.js';
import type { LaunchPlan } from './launch-plan.js';
import { commandOf, isAlive, isTaken, listProcesses } from './process-table.js';

/** What the server says of itself in its lock file. */
export interface Postmaster {
  readonly pid: number;
  /** True once it takes connections. */
  readonly ready: boolean;
}

/**
 * The running server of the cluster, whoever started it; undefined when there is none. PostgreSQL's own lock file is
 * the one lock between processes: two servers never run on one cluster.
 */
export function findPostmaster(plan: LaunchPlan): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(clusterFolder(plan), 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  // Line 8 is the state (PostgreSQL 10 and later; miscadmin.h, LOCK_FILE_LINE_PM_STATUS).
  return isOurServer(plan, pid) ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
}

/** True when something answers at the server's address: also one whose process id we cannot see (another container). */
export function answers(plan: LaunchPlan, facts: ClusterFacts): Promise<boolean> {
  const address =
    process.platform === 'win32'
      ? { port: facts.port, host: '127.0.0.1' }
      : { path: join(socketFolder(plan), `.s.PGSQL.${facts.port}`) };
  return new Promise((resolve) => {
    const socket = connect(address, () => finish(true));
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('error', () => finish(false));
    socket.setTimeout(1000, () => finish(false));
  });
}

/** Clears what a server that was killed left behind and PostgreSQL would stumble over. Call only when none runs. */
export function clearRemains(plan: LaunchPlan, facts: ClusterFacts): void {
  removeReusedLock(plan, join(clusterFolder(plan), 'postmaster.pid'));
  removeReusedLock(plan, join(socketFolder(plan), `.s.PGSQL.${facts.port}.lock`));
  for (const pid of orphanedBackends(plan)) {
    try {
      process.kill(pid, 'SIGKILL'); // it holds the old shared memory; the new server recovers what it was doing
    } catch {
      // gone by itself
    }
  }
}

/** PostgreSQL clears a lock whose process id is free, but not one whose id another program or a zombie has. */
function removeReusedLock(plan: LaunchPlan, path: string): void {
  const holder = lockHolder(path);
  if (holder === undefined || !isTaken(holder) || isOurServer(plan, holder)) return;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    // Between reading and renaming, another process may have started a server: then it is its lock that was moved.
    if (lockHolder(aside) !== holder) linkSync(aside, path);
  } catch {
    return; // another process clears it as well
  } finally {
    rmSync(aside, { force: true });
  }
}

function lockHolder(path: string): number | undefined {
  try {
    const pid = Math.abs(Number(readFileSync(path, 'utf8').split('\n')[0]));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isOurServer(plan: LaunchPlan, pid: number): boolean {
  if (!(pid > 0) || !isAlive(pid)) return false;
  const command = commandOf(pid);
  if (command === undefined) return process.platform === 'win32';
  return command.includes(`-D ${clusterFolder(plan)}`);
}

/** Backends of our cluster whose postmaster is dead: their titles begin with the cluster's name. */
function orphanedBackends(plan: LaunchPlan): number[] {
  const processes = listProcesses();
  const servers = new Set(processes.filter((each) => each.command.includes(`-D ${clusterFolder(plan)}`)).map((each) => each.pid));
  return processes
    .filter((each) => each.command.startsWith(`postgres: ${clusterName(plan)}:`) && !servers.has(each.parent))
    .map((each) => each.pid);
}
