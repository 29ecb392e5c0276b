import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = new URL('../../dist/src/main.js', import.meta.url).pathname;

/** The compiled server as a process of its own, on a database of the benchmark's. */
export class ProductServer {
  private constructor(
    readonly url: string,
    readonly inbox: string,
    private readonly folder: string,
    readonly child: ChildProcess,
  ) {}

  /** @param cores the only processor cores it may use; absent: all (Linux, `taskset`) */
  static async start(databaseUrl: string, settings: Record<string, string>, cores?: string): Promise<ProductServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ocr-bench-server-'));
    const inbox = join(folder, 'inbox');
    mkdirSync(inbox);
    const { PATH, HOME } = process.env;
    const env = {
      PATH,
      HOME,
      DATABASE_URL: databaseUrl,
      OCR_PORT: '0',
      OCR_LOG_CONSOLE: 'off',
      OCR_LOG_LEVEL: 'warn',
      OCR_DATA_DIR: join(folder, 'data'),
      OCR_LOG_DIR: join(folder, 'logs'),
      OCR_INPUT_ROOTS: inbox,
      ...settings,
    };
    const [program, ...args] = [...(cores === undefined ? [] : ['taskset', '-c', cores]), process.execPath, MAIN];
    const child = spawn(program!, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    for await (const data of child.stdout) {
      said += String(data);
      const ready = /is ready: (http:\/\/[\w.:]+)/.exec(said);
      if (ready?.[1] !== undefined) return new ProductServer(ready[1], inbox, folder, child);
    }
    throw new Error(`The server did not start: ${said}`);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
