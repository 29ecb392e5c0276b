import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import { loadSettings } from '../../src/config/load-settings.js';
import type { Settings } from '../../src/config/settings.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { Listener } from '../../src/database/listener.js';
import { Notifier } from '../../src/database/notifier.js';
import type { KeptPage, PageResult } from '../../src/document/page-result.js';
import type { Logs } from '../../src/logging/logs.js';
import { DirectClaims } from '../../src/queue-manager/direct-claims.js';
import { QueueManager, type Submission } from '../../src/queue-manager/queue-manager.js';
import { Rescuer } from '../../src/queue-manager/rescuer.js';
import { RetentionSweeper } from '../../src/queue-manager/retention-sweeper.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import { LocalDocumentStore } from '../../src/storage/local-document-store.js';
import { BulkActions } from '../../src/task-manager/bulk-actions.js';
import { Checkpoints } from '../../src/task-manager/checkpoints.js';
import type { Claim } from '../../src/task-manager/claim.js';
import { claimNext } from '../../src/task-manager/claim-next.js';
import { Circuits } from '../../src/task-manager/circuits.js';
import { TASK_ENTITIES } from '../../src/task-manager/entities/index.js';
import { LiveSettings } from '../../src/task-manager/live-settings.js';
import { ChunkEnds } from '../../src/task-manager/chunk-ends.js';
import { pagesOf, Settlement } from '../../src/task-manager/settlement.js';
import { TaskManager } from '../../src/task-manager/task-manager.js';
import { TaskQueries } from '../../src/task-manager/task-queries.js';
import { JOB_KINDS, type JobKind, type TaskOptions } from '../../src/task-manager/task.types.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { startTestDatabase } from './postgres.js';

/** Options of a task in tests, unless a test says otherwise. */
export const OPTIONS: TaskOptions = {
  ocr_provider: 'tesseract',
  language: 'eng',
  chunk_size: 5,
  mode: 'skip_text',
  formats: ['pdf', 'txt', 'json'],
};

/** A line of a log. */
export type LogLine = Record<string, unknown>;

/** The queue's own parts on a real database and a real store, with the test itself in the place of the engines. */
export class QueueHarness {
  private constructor(
    readonly settings: Settings,
    readonly database: Database,
    readonly store: LocalDocumentStore,
    readonly queue: QueueManager,
    readonly tasks: TaskManager,
    readonly queries: TaskQueries,
    readonly settlement: Settlement,
    readonly ends: ChunkEnds,
    readonly checkpoints: Checkpoints,
    readonly rescuer: Rescuer,
    readonly sweeper: RetentionSweeper,
    readonly bulk: BulkActions,
    readonly live: LiveSettings,
    readonly circuits: Circuits,
    /** What was logged of tasks; `level` 40 is a warning. */
    readonly taskLog: LogLine[],
    readonly close: () => Promise<void>,
  ) {}

  static async start(overrides: Record<string, unknown> = {}): Promise<QueueHarness> {
    const server = await startTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'ocr-queue-test-'));
    const settings = loadSettings({ data_dir: folder, database_url: server.url, retry_backoff: 0, ...overrides }, {}, folder);
    const silent = pino({ level: 'silent' });
    const taskLog: LogLine[] = [];
    const tasksLogger = pino(
      { base: null, timestamp: false },
      { write: (line) => void taskLog.push(JSON.parse(line) as LogLine) },
    );
    const logs = { queue: silent, tasks: tasksLogger, api: silent } as unknown as Logs;
    const database = new Database(server.connection, { poolSize: 20, log: silent });
    const source = await new DataSource(await dataSourceOptions(server.url, TASK_ENTITIES)).initialize();
    const notifier = new Notifier(server.connection, silent);
    const listener = new Listener(server.connection, silent);
    const live = new LiveSettings(database, notifier, listener, settings, logs);
    const store = new LocalDocumentStore(join(folder, 'store'));
    const tasks = new TaskManager(database, notifier, store, settings);
    const queries = new TaskQueries(source, database);
    const ends = new ChunkEnds(database, notifier, logs);
    const settlement = new Settlement(database, notifier, logs, ends, settings);
    return new QueueHarness(
      settings,
      database,
      store,
      new QueueManager(database, notifier, live, new DirectClaims()),
      tasks,
      queries,
      settlement,
      ends,
      new Checkpoints(database, notifier, logs, store),
      new Rescuer(database, settlement, ends, new WorkObserver(), logs),
      new RetentionSweeper(database, tasks, logs, store, live),
      new BulkActions(tasks, queries),
      live,
      new Circuits(database, notifier, logs),
      taskLog,
      async () => {
        await Promise.all([notifier.close(), listener.close(), source.destroy(), database.close()]);
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    );
  }

  /** Queues a document of the test's own. @returns its task id */
  async submit(overrides: Partial<Omit<Submission, 'options'>> & { options?: Partial<TaskOptions> } = {}): Promise<string> {
    return (await this.queue.submit(this.submission(overrides))).taskId;
  }

  /** A document of the test's own. */
  submission(overrides: Partial<Omit<Submission, 'options'>> & { options?: Partial<TaskOptions> } = {}): Submission {
    const { options, ...rest } = overrides;
    return {
      name: 'document.pdf',
      source: { kind: 'path', path: '/in/document.pdf' },
      priority: 'NORMAL',
      metadata: {},
      options: { ...OPTIONS, ...options },
      ...rest,
    };
  }

  /** A node whose lease holds for `lease` seconds (negative: it ran out). */
  async node(lease = 60): Promise<string> {
    const id = randomUUID();
    await this.database.query(registerNode, [id, 'test', 1, '[]', '0', 1, lease]);
    return id;
  }

  async claim(nodeId: string, kinds: readonly JobKind[] = JOB_KINDS): Promise<Claim | undefined> {
    return claimNext(this.database, { nodeId, kinds, maxConcurrentTasks: this.settings.max_concurrent_tasks });
  }

  /** Claims and requires that there is something to claim. */
  async mustClaim(nodeId: string): Promise<Claim> {
    const claim = await this.claim(nodeId);
    if (claim === undefined) throw new Error('There is nothing to claim.');
    return claim;
  }

  /** Takes a fresh task through its preparation. */
  async prepare(nodeId: string, pageCount: number): Promise<Claim> {
    const claim = await this.mustClaim(nodeId);
    if (claim.kind !== 'prepare') throw new Error(`Claimed a ${claim.kind} instead of a preparation.`);
    await this.settlement.prepared(claim, { documentKey: 'tasks/x/source/original', pageCount });
    return claim;
  }

  /** Reads all missing pages of a chunk, with the page number as the text. */
  async readPages(claim: Claim): Promise<number[]> {
    const todo = pagesOf(claim, await this.checkpoints.finished(claim));
    for (const page of todo) await this.checkpoints.pageDone(claim, pageResult(page), new AbortController().signal);
    return todo;
  }

  /** Works on whatever there is until nothing is left. @returns the pages read, in order */
  async workOff(nodeId: string): Promise<number[]> {
    const read: number[] = [];
    for (let claim = await this.claim(nodeId); claim !== undefined; claim = await this.claim(nodeId)) {
      if (claim.kind === 'prepare') await this.settlement.prepared(claim, { documentKey: 'key', pageCount: 7 });
      else if (claim.kind === 'merge') await this.settlement.merged(claim, {});
      else {
        read.push(...(await this.readPages(claim)));
        await this.settlement.chunkFinished(claim);
      }
    }
    return read;
  }

  async statusOf(taskId: string): Promise<string> {
    return (await this.queries.get(taskId)).task.status;
  }

  async eventsOf(taskId: string): Promise<string[]> {
    return (await this.queries.events(taskId)).map((event) => event.type);
  }
}

/** {@link pageResult} as it is when the page's own text was kept. */
export function keptPage(page: number): KeptPage {
  const { blocks, ...facts } = pageResult(page);
  return { facts, blocks: Buffer.from(JSON.stringify(blocks)), words: 1 };
}

/** A page whose only word is its number. */
export function pageResult(page: number): PageResult {
  const box = { x0: 0, y0: 0, x1: 10, y1: 10 };
  return {
    page,
    width: 100,
    height: 100,
    rotation: 0,
    source: 'recognised',
    orientation: 0,
    skew: 0,
    confidence: 90,
    dpi: 200,
    engine: { provider: 'test', version: '1', language: 'eng' },
    duration_ms: 10,
    blocks: [{ box, paragraphs: [{ box, lines: [{ box, words: [{ text: `page${page}`, box, confidence: 90 }] }] }] }],
  };
}
