import { openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { birthOf, isAlive } from './process-table.js';

/** Bytes after which the server's log is put aside at the next start. */
const LOG_LIMIT = 5_000_000;

/** Says which process the running server ends with. */
export class OwnerFile {
  constructor(private readonly path: string) {}

  /** This process is the owner from now on. */
  claim(): void {
    writeFileSync(this.path, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) }), { mode: 0o600 });
  }

  /** True while the named owner runs; a new process with its old id is not taken for it. */
  isOwnerAlive(): boolean {
    try {
      const owner = JSON.parse(readFileSync(this.path, 'utf8')) as { pid: number; birth: string };
      return isAlive(owner.pid) && birthOf(owner.pid) === owner.birth;
    } catch {
      return false; // not written yet, or half written: looked at again
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** What the server itself writes: its warnings, and why it does not start. */
export class ServerLogFile {
  constructor(readonly path: string) {}

  /** Opens it for a new server; a long one is put aside first. The caller closes the descriptor. */
  open(): number {
    try {
      if (statSync(this.path).size > LOG_LIMIT) renameSync(this.path, `${this.path}.1`);
    } catch {
      // the first start
    }
    return openSync(this.path, 'a', 0o600);
  }

  lastLines(): string {
    try {
      return readFileSync(this.path, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    } catch {
      return '';
    }
  }
}
