import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import { ClaimFront } from '../../src/task-manager/claim-front.js';
import { valuesOf } from '../../src/task-manager/claim-next.js';
import { toClaim, type ClaimRow } from '../../src/task-manager/claim-row.js';
import { claimJob, finishChunk } from '../../src/task-manager/sql/claim.sql.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import type { BenchServer } from './bench-server.js';
import { percentile, printTable } from './statistics.js';

const OPTIONS = '{"ocr_provider":"tesseract","language":"eng","chunk_size":1,"mode":"skip_text","formats":["pdf"]}';
const CLAIMS = 2000;

/** 4. What a claim costs behind large backlogs it must not look at. */
export async function measureBacklogs(server: BenchServer): Promise<void> {
  const url = await server.createDatabase('backlog');
  await migrate({ url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();

  const tasks = (count: number, chunks: number, status: string, firstKey: number) =>
    client.query(
      `WITH made AS (
         INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, document_key, page_count, pages_total, started_at)
         SELECT gen_random_uuid(), $3, 'NORMAL', $4::bigint + n, 'bench', '{"kind":"path","path":"/x"}', $5, 'k', $2, $2, now()
         FROM generate_series(1, $1) AS n RETURNING id)
       INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total)
       SELECT id, 'chunk', page, page, page, 1 FROM made CROSS JOIN generate_series(1, $2) AS page`,
      [count, chunks, status, firstKey, OPTIONS],
    );
  const claims = async (): Promise<number[]> => {
    const node = randomUUID();
    await client.query({ ...registerNode, values: [node, 'bench', 1, '[]', '0', 1, 3600] });
    const times: number[] = [];
    const front = new ClaimFront();
    for (let n = 0; n < CLAIMS; n++) {
      const asked = performance.now();
      const wish = { nodeId: node, kinds: JOB_KINDS, maxConcurrentTasks: 3, behind: front.behind };
      const { rows } = await client.query<ClaimRow>({ ...claimJob, values: valuesOf(wish) });
      times.push(performance.now() - asked);
      const claim = toClaim(rows[0]!);
      front.took(claim);
      await client.query({ ...finishChunk, values: [claim.jobId, claim.token, {}] });
    }
    return times;
  };
  const measured: [string, number[]][] = [];
  const measure = async (name: string) => {
    await client.query('VACUUM ANALYZE ocr_tasks, ocr_jobs');
    measured.push([name, await claims()]);
  };

  await tasks(10, 5000, 'running', 1_000_000);
  await measure('quiet: 50k waiting');
  await tasks(100, 1000, 'paused', 0);
  await measure('behind 100k chunks of paused tasks');
  await tasks(900, 1000, 'queued', 2_000_000);
  await measure('and with 900k chunks of lower order');
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await holder.query('SELECT count(*) FROM ocr_nodes');
  await claims();
  await measure('and a long transaction holding back vacuum');
  await holder.query('ROLLBACK');

  const quiet = percentile(measured[0]![1], 0.95);
  const rows = measured.map(([name, times]) => [
    name,
    percentile(times, 0.5).toFixed(2),
    percentile(times, 0.95).toFixed(2),
    `${(percentile(times, 0.95) / quiet).toFixed(2)}x`,
  ]);
  printTable(`Milliseconds a claim, ${CLAIMS} claims each`, ['situation', 'p50', 'p95', 'p95 / quiet'], rows);
  await client.end();
  await holder.end();
}
