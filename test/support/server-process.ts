import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = new URL('../../dist/src/main.js', import.meta.url).pathname;
const START_LIMIT_MS = 40_000;

/** A folder for one or more servers of a test: data, logs, inbox and outbox. */
export class ServerHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'ocr-e2e-'));
  readonly inbox = join(this.folder, 'inbox');
  readonly outbox = join(this.folder, 'outbox');
  readonly logs = join(this.folder, 'logs');

  constructor() {
    for (const folder of [this.inbox, this.outbox]) mkdirSync(folder);
  }

  get environment(): Record<string, string> {
    return {
      OCR_PORT: '0',
      OCR_DATA_DIR: join(this.folder, 'data'),
      OCR_LOG_DIR: this.logs,
      OCR_INPUT_ROOTS: this.inbox,
      OCR_OUTPUT_ROOTS: this.outbox,
      OCR_LOG_CONSOLE: 'off',
      // The embedded engine is there on every machine; what is read must not depend on what else is installed.
      OCR_DEFAULT_PROVIDER: 'tesseract_js',
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The real server, compiled, as a process of its own. */
export class ServerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
    private readonly said: () => string,
  ) {}

  /** Starts it and waits until it says that it is ready. */
  static async start(home: ServerHome, environment: Record<string, string> = {}): Promise<ServerProcess> {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, ...home.environment, ...environment };
    const child = spawn(process.execPath, [MAIN], { env, cwd: home.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`The server ${why}:\n${output}`));
      const limit = setTimeout(() => fail('did not start in time'), START_LIMIT_MS);
      const hear = (data: Buffer) => {
        output += data.toString();
        const ready = /is ready: (http:\/\/\S+?)(?:\/readyz)?\s/.exec(output);
        if (ready?.[1] !== undefined) {
          clearTimeout(limit);
          resolve(ready[1]);
        }
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', (code, signal) => {
        clearTimeout(limit);
        fail(`ended with ${code ?? signal}`);
      });
    });
    return new ServerProcess(child, url, () => output);
  }

  /** Everything it wrote to the console. */
  get output(): string {
    return this.said();
  }

  /** Sends a signal and waits for the process to end. @returns its exit code, or the signal that ended it */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode ?? this.child.signalCode;
  }

  async get<T = Record<string, unknown>>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  async post<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  /** A call that must succeed; its JSON answer. */
  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async text(path: string): Promise<string> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return response.text();
  }
}

/** What the tests look at of a task's status. */
export interface TaskView {
  task_id: string;
  status: string;
  progress: number;
  pages: { total: number | null; done: number; failed: number };
  failed_pages: { page: number; code: string }[];
  error: { code: string } | null;
  chunks: { state: string; attempt: number; stalls: number }[];
}

/** Asks again and again until the answer satisfies; fails with the last answer when it takes too long. */
export async function until<T>(ask: () => Promise<T>, satisfied: (answer: T) => boolean, limitMs = 90_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (Date.now() > end) throw new Error(`Still not so after ${limitMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const FINAL = ['completed', 'completed_with_errors', 'failed', 'cancelled'];

/** The task once it is final. */
export function finished(server: ServerProcess, taskId: string, limitMs?: number): Promise<TaskView> {
  return until(
    () => server.get<TaskView>(`/api/ocr/tasks/${taskId}`),
    (task) => FINAL.includes(task.status),
    limitMs,
  );
}
