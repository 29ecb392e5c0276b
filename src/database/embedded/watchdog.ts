import { spawn } from 'node:child_process';

/**
 * Ends the server when this process is gone, however it went. The kernel closes our end of the pipe; `read` then fails.
 * Fast shutdown first; a server still there after a second is told to leave at once (it recovers at the next start).
 */
const SCRIPT = `
read -r pid || exit 0
read -r done && exit 0
kill -INT "$pid" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; kill -0 "$pid" 2>/dev/null || exit 0; done
kill -QUIT "$pid" 2>/dev/null`;

/** The same for Windows, where pg_ctl carries the signal. Arguments: pg_ctl. */
const WINDOWS_SCRIPT = `
let text = '';
process.stdin.on('data', (data) => (text += data)).on('end', () => {
  const [pid, done] = text.split('\\n');
  if (pid && !done) require('node:child_process').spawnSync(process.argv[1], ['kill', 'INT', pid]);
});`;

/** A small process of its own session that ends the server after this process died. */
export class Watchdog {
  private readonly child;

  /** `pgCtl`: path of pg_ctl, needed on Windows alone. */
  constructor(pgCtl: string) {
    const [file, args] =
      process.platform === 'win32' ? [process.execPath, ['-e', WINDOWS_SCRIPT, pgCtl]] : ['sh', ['-c', SCRIPT]];
    this.child = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', windowsHide: true });
    this.child.on('error', () => {}); // without a watchdog an orphan is still found at the next start
    this.child.stdin.on('error', () => {});
    this.child.unref();
    (this.child.stdin as unknown as { unref(): void }).unref(); // a socket, though typed as a plain Writable
  }

  /** The process to end. */
  watch(pid: number): void {
    this.child.stdin.write(`${pid}\n`);
  }

  /** The server has ended in another way: nothing is left to do. */
  release(): void {
    this.child.stdin.end('done\n');
  }
}
