import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import type pg from 'pg';
import { loadSettings } from '../../src/config/load-settings.js';
import { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { Notifier } from '../../src/database/notifier.js';
import type { Logs } from '../../src/logging/logs.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import type { Claim, ClaimWish } from '../../src/task-manager/claim.js';
import { ClaimFront } from '../../src/task-manager/claim-front.js';
import { claimNext } from '../../src/task-manager/claim-next.js';
import { ChunkEnds } from '../../src/task-manager/chunk-ends.js';
import { Settlement } from '../../src/task-manager/settlement.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import { loops, type Contender } from './contender.js';

const SILENT = { warn: () => {}, info: () => {} };
const LOGS = { tasks: SILENT } as unknown as Logs;
const CHUNKS_PER_TASK = 1000;

/** Our own queue, by the code the product runs: one job settled at a time, the next claimed with it. */
export class OcrQueue implements Contender {
  readonly name = 'ocr-queue';

  constructor(private readonly url: string) {}

  async install(): Promise<void> {
    await migrate({ url: this.url });
  }

  async fill(client: pg.Client, jobs: number): Promise<void> {
    await client.query('TRUNCATE ocr_tasks, ocr_events CASCADE');
    const tasks = Math.max(1, Math.round(jobs / CHUNKS_PER_TASK));
    await client.query(
      `WITH made AS (
         INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, document_key, page_count, pages_total, started_at)
         SELECT gen_random_uuid(), 'running', 'NORMAL', n, 'bench', '{"kind":"path","path":"/x"}',
           '{"ocr_provider":"tesseract","language":"eng","chunk_size":1,"mode":"skip_text","formats":["pdf"]}', 'k', $2, $2, now()
         FROM generate_series(1, $1) AS n RETURNING id)
       INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total)
       SELECT id, 'chunk', page, page, page, 1 FROM made CROSS JOIN generate_series(1, $2) AS page`,
      [tasks, Math.round(jobs / tasks)],
    );
  }

  async work(connections: number, milliseconds: number): Promise<number> {
    const settings = loadSettings({ database_url: this.url }, {}, tmpdir());
    const database = new Database({ url: this.url }, { poolSize: connections, log: SILENT });
    const notifier = new Notifier({ url: this.url }, SILENT);
    const settlement = new Settlement(database, notifier, LOGS, new ChunkEnds(database, notifier, LOGS), settings);
    const node = randomUUID();
    await database.query(registerNode, [node, 'bench', 1, '[]', '0', 1, 3600]);
    try {
      // All connections are one node's.
      const front = new ClaimFront();
      const wish = (): ClaimWish => {
        return { nodeId: node, kinds: JOB_KINDS, maxConcurrentTasks: settings.max_concurrent_tasks, behind: front.behind };
      };
      const worker = () => {
        let claim: Claim | undefined;
        return async () => {
          claim ??= await claimNext(database, wish());
          if (claim === undefined) return false;
          front.took(claim);
          // Every thousandth job is the merge of a task whose chunks are done; the task then makes room for the next.
          if (claim.kind === 'merge') {
            await settlement.merged(claim, {});
            claim = undefined;
          } else claim = await settlement.chunkFinished(claim, wish());
          return true;
        };
      };
      return await loops(connections, milliseconds, worker);
    } finally {
      await notifier.close();
      await database.close();
    }
  }
}
