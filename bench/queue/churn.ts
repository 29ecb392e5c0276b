import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { loadSettings } from '../../src/config/load-settings.js';
import { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { Notifier } from '../../src/database/notifier.js';
import type { Logs } from '../../src/logging/logs.js';
import type { PageResult } from '../../src/document/page-result.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import type { DocumentStore } from '../../src/storage/document-store.js';
import { Checkpoints } from '../../src/task-manager/checkpoints.js';
import type { Claim, ClaimWish } from '../../src/task-manager/claim.js';
import { claimNext } from '../../src/task-manager/claim-next.js';
import { ChunkEnds } from '../../src/task-manager/chunk-ends.js';
import { Settlement } from '../../src/task-manager/settlement.js';
import { TaskManager } from '../../src/task-manager/task-manager.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import type { BenchServer } from './bench-server.js';
import { printTable } from './statistics.js';

const TABLES = ['ocr_tasks', 'ocr_jobs', 'ocr_pages', 'ocr_events'];
const WORKERS = 8;
const CHUNKS_PER_TASK = 1000;
/** Finished tasks that are kept: the oldest beyond them go, as if their retention had passed. */
const KEPT = 50;
const LOOKS = 5;

const SILENT = { warn: () => {}, info: () => {} };
const LOGS = { tasks: SILENT } as unknown as Logs;
/** The tables are what is measured: files go nowhere. */
const NO_FILES = { put: async () => {}, deletePrefix: async () => {} } as unknown as DocumentStore;

/**
 * 6. Many jobs through the tables by the code the product runs (claim, page checkpoint, settlement, merge, deletion), eight at a
 * time: the tables' sizes must stay bounded.
 */
export async function measureChurn(server: BenchServer, jobs: number): Promise<void> {
  const url = await server.createDatabase('churn');
  await migrate({ url });
  const settings = loadSettings({ database_url: url }, {}, tmpdir());
  const database = new Database({ url }, { poolSize: WORKERS + 2, log: SILENT });
  const notifier = new Notifier({ url }, SILENT);
  const settlement = new Settlement(database, notifier, LOGS, new ChunkEnds(database, notifier, LOGS), settings);
  const checkpoints = new Checkpoints(database, notifier, LOGS, NO_FILES);
  const tasks = new TaskManager(database, notifier, NO_FILES, settings);
  const node = randomUUID();
  await database.query(registerNode, [node, 'bench', 1, '[]', '0', 1, 36_000]);
  const wish: ClaimWish = { nodeId: node, kinds: JOB_KINDS, maxConcurrentTasks: settings.max_concurrent_tasks };
  const never = new AbortController().signal;
  const sizes: (string | number)[][] = [];
  const started = performance.now();
  let passed = 0;

  const merge = async (claim: Claim) => {
    await settlement.merged(claim, {});
    await addTask(database);
    const { rows } = await database.query<{ id: string }>(
      `SELECT id FROM ocr_tasks WHERE status = 'completed' ORDER BY finished_at DESC OFFSET $1`,
      [KEPT],
    );
    for (const { id } of rows) await tasks.delete(id).catch(() => {}); // another worker was faster
  };
  const work = async () => {
    let claim: Claim | undefined;
    while (passed < jobs) {
      claim ??= await claimNext(database, wish);
      if (claim === undefined) continue;
      if (claim.kind === 'merge') {
        await merge(claim);
        claim = undefined;
        continue;
      }
      await checkpoints.pageDone(claim, blankPage(claim.firstPage!), never);
      claim = await settlement.chunkFinished(claim, wish);
      if (++passed % Math.ceil(jobs / LOOKS) === 0) await look();
    }
  };
  const look = async () => {
    const { rows } = await database.query<{ mb: number }>(
      `SELECT round(pg_total_relation_size(name::regclass) / 1048576.0, 1)::float8 AS mb FROM unnest($1::text[]) AS name`,
      [TABLES],
    );
    sizes.push([passed, Math.round((performance.now() - started) / 1000), ...rows.map((row) => row.mb)]);
  };

  for (let n = 0; n < WORKERS; n++) await addTask(database);
  await Promise.all(Array.from({ length: WORKERS }, work));
  printTable(
    `Megabytes of tables with their indexes as jobs pass, the last ${KEPT} tasks of ${CHUNKS_PER_TASK} chunks kept`,
    ['jobs passed', 'seconds', ...TABLES],
    sizes,
  );
  await notifier.close();
  await database.close();
}

async function addTask(database: Database): Promise<void> {
  await database.query(
    `WITH made AS (
       INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, document_key, page_count, pages_total, started_at)
       VALUES (gen_random_uuid(), 'running', 'NORMAL', extract(epoch FROM clock_timestamp()) * 1000, 'churn',
         '{"kind":"path","path":"/x"}', '{"ocr_provider":"tesseract","language":"eng","chunk_size":1}', 'k', $1, $1, now())
       RETURNING id)
     INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total)
     SELECT id, 'chunk', page, page, page, 1 FROM made CROSS JOIN generate_series(1, $1) AS page`,
    [CHUNKS_PER_TASK],
  );
}

function blankPage(page: number): PageResult {
  return {
    page,
    width: 595,
    height: 842,
    rotation: 0,
    source: 'blank',
    orientation: 0,
    skew: 0,
    confidence: null,
    dpi: 300,
    engine: null,
    duration_ms: 0,
    blocks: [],
  };
}
