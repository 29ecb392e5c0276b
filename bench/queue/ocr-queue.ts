import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import type pg from 'pg';
import { loadSettings } from '../../src/config/load-settings.js';
import { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { Notifier } from '../../src/database/notifier.js';
import { toClaim, type ClaimRow } from '../../src/queue-manager/claim-row.js';
import { claimJobs } from '../../src/queue-manager/sql/claim.sql.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import { Settlement } from '../../src/task-manager/settlement.js';
import { loops, type Contender } from './contender.js';

const SILENT = { warn: () => {} };
const CHUNKS_PER_TASK = 1000;

/** Our own queue, by the code the product runs: one claim, one settlement a job. */
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
    const settlement = new Settlement(database, notifier, settings);
    const node = randomUUID();
    await database.query(registerNode, [node, 'bench', 1, '[]', '0', 1, 3600]);
    try {
      return await loops(connections, milliseconds, async () => {
        const values = [node, [randomUUID()], ['prepare', 'chunk', 'merge'], settings.max_concurrent_tasks];
        const { rows } = await database.query<ClaimRow>(claimJobs, values);
        if (rows[0] === undefined) return false;
        await settlement.chunkFinished(toClaim(rows[0]));
        return true;
      });
    } finally {
      await notifier.close();
      await database.close();
    }
  }
}
