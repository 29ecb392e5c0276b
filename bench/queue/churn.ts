import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { claimJobs } from '../../src/queue-manager/sql/claim.sql.js';
import { registerNode } from '../../src/queue-manager/sql/nodes.sql.js';
import type { BenchServer } from './bench-server.js';
import { printTable } from './statistics.js';

const TABLES = ['ocr_tasks', 'ocr_jobs', 'ocr_pages', 'ocr_events'];
const CHUNKS = 100;

/**
 * 6. Many jobs through the tables, with retention behind them: their sizes must stay bounded. The statements are the queue's
 * own kinds of change, a hundred chunks at a time so that a million pass in minutes.
 */
export async function measureChurn(server: BenchServer, jobs: number): Promise<void> {
  const url = await server.createDatabase('churn');
  await migrate({ url });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const node = randomUUID();
  await client.query({ ...registerNode, values: [node, 'bench', 1, '[]', '0', 1, 36_000] });
  const rounds = Math.ceil(jobs / CHUNKS);
  const sizes: (string | number)[][] = [];
  const look = async (done: number) => {
    const { rows } = await client.query<{ mb: number }>(
      `SELECT round(pg_total_relation_size(name::regclass) / 1048576.0, 1)::float8 AS mb FROM unnest($1::text[]) AS name`,
      [TABLES],
    );
    sizes.push([done, ...rows.map((row) => row.mb)]);
  };
  for (let round = 1; round <= rounds; round++) {
    const id = randomUUID();
    await client.query(
      `INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, page_count, pages_total)
       VALUES ($1, 'running', 'NORMAL', 1, 'churn', '{}', '{}', $2, $2)`,
      [id, CHUNKS],
    );
    await client.query(
      `INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total)
       SELECT $1, 'chunk', page, page, page, 1 FROM generate_series(1, $2) AS page`,
      [id, CHUNKS],
    );
    const tokens = Array.from({ length: CHUNKS }, () => randomUUID());
    await client.query({ ...claimJobs, values: [node, tokens, ['chunk'], 3] });
    await client.query(`UPDATE ocr_jobs SET pages_done = pages_done + 1, page_ms = page_ms + 1 WHERE task_id = $1`, [id]);
    await client.query(
      `INSERT INTO ocr_pages (task_id, page, state, source, artifact_key) SELECT $1, page, 'done', 'blank', 'k' FROM generate_series(1, $2) AS page`,
      [id, CHUNKS],
    );
    await client.query(`UPDATE ocr_jobs SET state = 'done', claim_token = NULL, finished_at = now() WHERE task_id = $1`, [id]);
    await client.query(
      `INSERT INTO ocr_events (task_id, type, data) SELECT $1, 'chunk.completed', '{}' FROM generate_series(1, $2)`,
      [id, CHUNKS],
    );
    await client.query(`UPDATE ocr_tasks SET status = 'completed', finished_at = now() WHERE id = $1`, [id]);
    // Retention keeps the last hundred tasks.
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM ocr_tasks WHERE id IN (SELECT id FROM ocr_tasks WHERE status = 'completed' ORDER BY finished_at DESC OFFSET 100) RETURNING id`,
    );
    if (rows.length > 0) await client.query('DELETE FROM ocr_events WHERE task_id = ANY ($1)', [rows.map((row) => row.id)]);
    if (round % Math.ceil(rounds / 5) === 0) await look(round * CHUNKS);
  }
  printTable('Megabytes of tables with their indexes as jobs pass, retention behind them', ['jobs passed', ...TABLES], sizes);
  await client.end();
}
