import { pino } from 'pino';
import { DataSource, type Logger } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { TASK_ENTITIES } from '../../src/task-manager/entities/index.js';
import type { TaskFilter } from '../../src/task-manager/task-filter.js';
import { TaskQueries } from '../../src/task-manager/task-queries.js';
import { TASK_SORTS, type TaskSort } from '../../src/task-manager/task-sorts.js';
import { buffersOf, explaining, tablesReadThrough, type Explained } from '../support/explain.js';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';

const TASKS = 20_000;
/** The table has some 3,000 buffers (8 KB pages): a list that walks it, or an index with its rows, touches more than these. */
const MOST_BUFFERS = 1200;
const DAY = 24 * 3_600_000;
const SORTS = Object.keys(TASK_SORTS) as TaskSort[];

/** What people look for: things that are everywhere, rare, very old, or not there at all. */
const FILTERS: Record<string, TaskFilter> = {
  everything: {},
  'a common status': { status: ['completed'] },
  'a rare status': { status: ['failed'] },
  'a status only old tasks have': { status: ['paused'] },
  'several rare statuses': { status: ['failed', 'cancelled'] },
  'a rare priority': { priority: ['CRITICAL'] },
  'a common part of names': { text: 'facture' },
  'a rare part of names': { text: 'INVENTAIRE' },
  'a part no name has': { text: 'zebra' },
  'a common language': { language: 'fra' },
  'a rare language': { language: 'deu' },
  'a language nobody asked for': { language: 'ita' },
  'a rare provider': { provider: 'document_ai' },
  'some metadata': { metadata: { customer: 'C7' } },
  'metadata no task has': { metadata: { customer: 'nobody' } },
  'a tenant': { tenant: 'acme' },
  'half of an old day': { created_from: new Date(Date.now() - 20 * DAY), created_to: new Date(Date.now() - 19.5 * DAY) },
  'days to come': { created_from: new Date(Date.now() + 3 * DAY) },
  'several things at once': { status: ['failed'], language: 'fra', text: 'rapport' },
};

/** The cost of a list, a search and a count must not depend on how many tasks there are. */
describe('the plans of the task list', () => {
  let server: TestDatabase;
  let database: Database;
  let source: DataSource;
  let queries: TaskQueries;
  const asked = new Statements();

  beforeAll(async () => {
    server = await startTestDatabase();
    database = new Database(server.connection, { poolSize: 2, log: pino({ level: 'silent' }) });
    source = await new DataSource(await dataSourceOptions(server.url, TASK_ENTITIES)).initialize();
    source.logger = asked;
    queries = new TaskQueries(source, database);
    await fill(database);
  });
  afterAll(async () => {
    await Promise.all([source.destroy(), database.close()]);
    await server.stop();
  });

  it.each(Object.entries(FILTERS))('finds %s by indexes, in any order', async (_, filter) => {
    for (const sort of SORTS) {
      for (const descending of [true, false]) {
        let cursor: string | undefined;
        for (let page = 1; page <= 2; page++) {
          const { next_cursor } = await queries.list(filter, { sort, descending, limit: 50, cursor });
          await expectCheap(`${sort}${descending ? ' descending' : ''}, page ${page}`);
          cursor = next_cursor ?? undefined;
        }
      }
    }
  });

  it.each(Object.entries(FILTERS))('counts what a bulk action on %s concerns, and takes the first hundred', async (_, filter) => {
    // A count costs what it counts: here few are in a state the action starts from.
    await queries.count({ ...filter, status: ['paused'] });
    await expectCheap('count');
    await queries.ids({ ...filter, status: ['paused'] }, 101);
    await expectCheap('ids');
  });

  async function expectCheap(what: string): Promise<void> {
    const { text, parameters } = asked.last;
    const answer: { 'QUERY PLAN': [Explained] }[] = await source.query(explaining(text), parameters);
    const plan = answer[0]!['QUERY PLAN'][0].Plan;
    expect(tablesReadThrough(plan), what).toEqual([]);
    expect(buffersOf(plan), what).toBeLessThan(MOST_BUFFERS);
  }
});

/** Remembers what TypeORM last asked. */
class Statements implements Logger {
  last: { text: string; parameters: unknown[] } = { text: '', parameters: [] };

  logQuery(text: string, parameters?: unknown[]): void {
    if (!text.startsWith('EXPLAIN')) this.last = { text, parameters: parameters ?? [] };
  }
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** Tasks of thirty days, most of them long completed; a few of everything else, some of it only in the oldest days. */
async function fill(database: Database): Promise<void> {
  await database.query(
    `INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, metadata, tenant, created_at, updated_at,
       finished_at, error)
     SELECT (overlay(overlay(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || substr(md5(n::text), 1, 16)
         PLACING '8' FROM 17) PLACING '7' FROM 13))::uuid,
       status, CASE WHEN n % 500 = 250 THEN 'CRITICAL' WHEN n % 10 = 3 THEN 'HIGH' ELSE 'NORMAL' END, n,
       md5(n::text) || CASE WHEN n % 2000 = 0 THEN '-Inventaire' ELSE (ARRAY['-facture', '-contrat', '-rapport', '-dossier'])[1 + n / 10 % 4] END
         || '.pdf', '{"kind":"path","path":"/p"}',
       jsonb_build_object('ocr_provider', CASE WHEN n % 2000 = 0 THEN 'document_ai' ELSE 'tesseract' END,
         'language', CASE WHEN n % 1000 = 1 THEN 'deu' WHEN n % 3 = 0 THEN 'eng' ELSE 'fra' END, 'chunk_size', 10),
       jsonb_build_object('customer', 'C' || n % 500), CASE WHEN n % 400 = 0 THEN 'acme' ELSE '' END, at, at + interval '1 hour',
       CASE WHEN status <> 'paused' THEN at + interval '1 hour' END,
       CASE WHEN status = 'failed' THEN '{"code":"document_unreadable"}'::jsonb END
     FROM (
       SELECT n, now() - interval '30 days' * (${TASKS} - n) / ${TASKS} AS at,
         CASE WHEN n < 20 THEN 'paused' WHEN n % 100 = 7 THEN 'failed' WHEN n % 200 = 11 THEN 'cancelled' ELSE 'completed' END AS status
       FROM generate_series(1, ${TASKS}) AS n) AS made`,
  );
  await database.query('VACUUM ANALYZE ocr_tasks');
}
