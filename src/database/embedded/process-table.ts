import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One running process as the operating system names it. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** The command line, arguments separated by spaces. */
  readonly command: string;
}

/** True while a process with this id runs, whoever owns it. One that ended but was not collected yet does not run. */
export function isAlive(pid: number): boolean {
  return isTaken(pid) && !isZombie(pid);
}

/** True while this process id is in use, if only by a process that ended and was not collected yet. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Every process this one may see. Empty on Windows, which has no orphans of this kind. */
export function listProcesses(): RunningProcess[] {
  if (process.platform === 'win32') return [];
  if (process.platform !== 'linux') return listWithPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((found) => found !== undefined);
}

/** The command line of a process; undefined when it is gone, or where it cannot be known (Windows). */
export function commandOf(pid: number): string | undefined {
  if (process.platform === 'linux') return readProcess(pid)?.command;
  return listProcesses().find((found) => found.pid === pid)?.command;
}

/** Tells two processes with the same id apart (ids are used again). Empty where it cannot be known. */
export function birthOf(pid: number): string {
  try {
    return statFields(pid)[19] ?? '';
  } catch {
    return '';
  }
}

/** In a container whose first process collects nobody, the dead stay in the table for good. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return statFields(pid)[0] === 'Z';
  } catch {
    return false;
  }
}

function readProcess(pid: number): RunningProcess | undefined {
  try {
    // A title the process gave itself is padded with NULs or spaces.
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(statFields(pid)[1]), command };
  } catch {
    return undefined; // ended meanwhile
  }
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets: state, ppid, ... */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function listWithPs(): RunningProcess[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3] ?? '' }];
  });
}
