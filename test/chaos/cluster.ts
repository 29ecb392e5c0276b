import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../../src/database/database.js';
import { EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { LocalDocumentStore } from '../../src/storage/local-document-store.js';
import { untilDatabaseAnswers } from '../../src/task-manager/database-patience.js';
import { DeterministicEngine } from '../support/deterministic-engine.js';
import { brokenInvariants } from '../support/invariants.js';
import { markedDocument } from '../support/marked-documents.js';
import { ServerHome, ServerProcess, until } from '../support/server-process.js';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const never = new AbortController().signal;

/** A page's row, for telling whether it was read again. */
export interface PageRow {
  page: number;
  artifact_key: string;
}

/**
 * Several real servers on one real PostgreSQL and one store, with the settings of production: only what reads the pages is the
 * test's own, through the provider `http`. Everything can be killed; the test looks into the database throughout.
 */
export class Cluster {
  readonly servers: ServerProcess[] = [];
  private started = 0;

  private constructor(
    readonly home: ServerHome,
    readonly postgres: EmbeddedPostgres,
    readonly engine: DeterministicEngine,
    readonly database: Database,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<Cluster> {
    const home = new ServerHome();
    const dataDir = join(home.folder, 'database');
    mkdirSync(dataDir);
    const postgres = await EmbeddedPostgres.start({ dataDir, log: silent });
    await migrate({ url: postgres.url });
    const database = new Database({ url: postgres.url }, { poolSize: 3, log: silent });
    return new Cluster(home, postgres, await DeterministicEngine.start(), database, environment);
  }

  /** Starts a server with all roles. */
  async addServer(environment: Record<string, string> = {}): Promise<ServerProcess> {
    const server = await ServerProcess.start(this.home, {
      DATABASE_URL: this.postgres.url,
      OCR_DEFAULT_PROVIDER: 'http',
      OCR_HTTP_OCR_URL: this.engine.url,
      OCR_PAGE_CACHE: 'false', // every page shall be read, and counted
      OCR_LOG_DIR: join(this.home.logs, String(++this.started)),
      ...this.environment,
      ...environment,
    });
    this.servers.push(server);
    return server;
  }

  async addDocument(name: string, pages: number): Promise<void> {
    writeFileSync(join(this.home.inbox, name), await markedDocument(name, pages));
  }

  /** Submits a document to any server that answers. @returns its task id */
  async submit(name: string, body: Record<string, unknown> = {}): Promise<string> {
    const ask = async () => {
      for (const server of this.servers) {
        const request = { document_path: name, ...body };
        const answer = await server.post<{ task_id: string }>('/api/ocr/tasks', request).catch(() => undefined);
        if (answer !== undefined) return answer.task_id;
      }
      return undefined;
    };
    return (await until(ask, (id) => id !== undefined, 30_000))!;
  }

  /** Asks the database, waiting out its restarts. */
  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return untilDatabaseAnswers(never, async () => (await this.database.query<Row & Record<string, unknown>>(text, values)).rows);
  }

  pagesOf(taskId: string): Promise<PageRow[]> {
    return this.rows<PageRow>('SELECT page, artifact_key FROM ocr_pages WHERE task_id = $1 ORDER BY page', [taskId]);
  }

  /** Waits until some pages of a task are finished. @returns them */
  pagesDone(taskId: string, count: number): Promise<PageRow[]> {
    return until(
      () => this.pagesOf(taskId),
      (pages) => pages.length >= count,
    );
  }

  async statusOf(taskId: string): Promise<{ status: string; error: unknown }> {
    return (
      await this.rows<{ status: string; error: unknown }>('SELECT status, error FROM ocr_tasks WHERE id = $1', [taskId])
    )[0]!;
  }

  /** Waits until a task is completed, and well. */
  async completed(taskId: string, limitMs = 60_000): Promise<void> {
    const { status, error } = await until(
      () => this.statusOf(taskId),
      (found) => found.status !== 'queued' && found.status !== 'running',
      limitMs,
    );
    if (status !== 'completed') throw new Error(`Task ${taskId} is ${status}: ${JSON.stringify(error)}`);
  }

  /** The text result of a task, from the store. */
  async textOf(taskId: string): Promise<string> {
    const found = await this.rows<{ key: string }>(`SELECT results -> 'txt' ->> 'key' AS key FROM ocr_tasks WHERE id = $1`, [
      taskId,
    ]);
    return readFile(join(this.store, found[0]!.key), 'utf8');
  }

  broken(): Promise<Record<string, unknown[]>> {
    return untilDatabaseAnswers(never, () => brokenInvariants(this.database));
  }

  /**
   * Files nobody will ever ask for: of no row in the store, or left in the folder for unfinished work. Only at rest: what a
   * killed process was just writing, the store removes by its age, which is made to have passed.
   */
  async orphans(): Promise<string[]> {
    await new LocalDocumentStore(this.store).tidy(Date.now() + 25 * 3600 * 1000);
    const known = await this.rows<{ key: string }>(`
      SELECT artifact_key AS key FROM ocr_pages WHERE artifact_key IS NOT NULL
      UNION SELECT document_key FROM ocr_tasks WHERE document_key IS NOT NULL
      UNION SELECT regexp_replace(document_key, '[^/]+$', 'original') FROM ocr_tasks WHERE document_key IS NOT NULL
      UNION SELECT result.value ->> 'key' FROM ocr_tasks, jsonb_each(results) AS result`);
    const keys = new Set(known.map((row) => row.key));
    const stored = (await filesUnder(this.store)).filter((path) => !keys.has(path));
    const work = await filesUnder(join(this.home.folder, 'data', 'work'));
    return [...stored, ...work.map((path) => `work/${path}`)];
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.child.kill('SIGCONT');
      await server.end('SIGKILL');
    }
    await this.database.close();
    await Promise.all([this.engine.close(), this.postgres.stop()]);
    this.home.remove();
  }

  private get store(): string {
    return join(this.home.folder, 'data', 'store');
  }
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
