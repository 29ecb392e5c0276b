import { readdirSync, readFileSync } from 'node:fs';

interface ProcessStat {
  pid: number;
  parent: number;
  ticks: number;
}

/** Reads /proc (Linux): processor ticks (1/100 s) a process and all its descendants have used so far. */
export function cpuTicks(pid: number): number {
  return treeOf(pid).reduce((sum, process) => sum + process.ticks, 0);
}

/** Resident memory of a process and all its descendants, in megabytes; shared pages count for each. */
export function residentMegabytes(pid: number): number {
  return treeOf(pid).reduce((sum, process) => sum + residentOf(process.pid), 0);
}

function treeOf(pid: number): ProcessStat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(Number(name)) : []));
  const tree = all.filter((process) => process.pid === pid);
  for (const member of tree) tree.push(...all.filter((process) => process.parent === member.pid));
  return tree;
}

function statOf(pid: number): ProcessStat[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything: the fields begin after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // it has ended meanwhile
  }
}

function residentOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
