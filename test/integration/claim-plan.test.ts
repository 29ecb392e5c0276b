import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../src/database/connection.js';
import { claimJob, finishChunkAndClaim } from '../../src/task-manager/sql/claim.sql.js';
import { tasksWithoutWork, tasksWithoutWorkAmong } from '../../src/task-manager/sql/jobs.sql.js';
import { suspectsWait } from '../../src/queue-manager/sql/held-jobs.sql.js';
import { insertTaskLazily } from '../../src/task-manager/sql/tasks.sql.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import { buffersOf, nodesOf, tablesReadThrough, type Explained, type PlanNode } from '../support/explain.js';
import { QueueHarness } from '../support/queue-harness.js';

/** A tenth of a really large queue; OCR_PLAN_SCALE=10 builds the whole: 1M waiting chunks, 1M done, 100k paused ahead. */
const SCALE = Number(process.env.OCR_PLAN_SCALE ?? 1);
const CHUNKS_A_TASK = 100;
/** Tasks inserted with one statement. */
const PORTION = 500;
/** Buffers (8 KB pages) one claim may touch: a handful for each index descent, row and index entry it writes. */
const MOST_BUFFERS = 60;

/** The cost of a claim must not depend on what the queue holds. */
describe('the plan of the claim', () => {
  let queue: QueueHarness;
  let node: string;
  let client: pg.Client;

  beforeAll(async () => {
    queue = await QueueHarness.start({ max_concurrent_tasks: 3 });
    node = await queue.node(3600);
    await queue.database.query('SET statement_timeout = 0');
    // Ahead: 100k chunks of paused tasks. Then the open ones with 100k waiting chunks, behind them 900k of lower order; 1M done.
    await addTasks(SCALE * 100, { status: 'paused', sortKey: 1000 });
    await addTasks(SCALE * 100, { status: 'queued', sortKey: 2000 });
    await addTasks(SCALE * 900, { status: 'queued', sortKey: 3000 });
    await addTasks(SCALE * 1000, { status: 'completed', sortKey: 500 });
    await queue.database.query({ text: 'VACUUM ANALYZE ocr_tasks, ocr_jobs', answerWithin: 300_000 });
    client = new pg.Client(clientOptions(queue.database.connection, 'plans'));
    await client.connect();
    // Explains what it does, to us: also the statements within functions.
    await client.query(`LOAD 'auto_explain'`);
    const settings = { log_level: 'notice', log_min_duration: '0', log_format: 'json', log_nested_statements: 'on' };
    for (const [name, value] of Object.entries({ ...settings, log_analyze: 'on', log_buffers: 'on' })) {
      await client.query(`SELECT set_config($1, $2, false)`, [`auto_explain.${name}`, value]);
    }
  }, 600_000);
  afterAll(async () => {
    await client.end();
    await queue.close();
  });

  it('uses the indexes made for it and touches few buffers, whatever waits, is paused or is done', async () => {
    await expectCheap();
  });

  it('stays so with many tasks held, and many waiting for a backoff, at the front', async () => {
    await addTasks(SCALE * 100, { status: 'queued', sortKey: 10, held: true });
    await addTasks(100, { status: 'running', sortKey: 20, readyIn: '1 hour' });
    await expectCheap();
  });

  it('stays so after hundreds of claims that no vacuum has cleared away', async () => {
    for (let n = 0; n < 500; n++) {
      const claim = await queue.mustClaim(node);
      if (claim.kind === 'merge') await queue.settlement.merged(claim, {});
      else await queue.settlement.chunkFinished(claim);
    }
    await expectCheap(2 * MOST_BUFFERS);
  });

  it('stays so while a long transaction keeps the chunks taken before in the index, when it knows how far they go', async () => {
    const taskId = await addLongTask(8000);
    await queue.database.query('VACUUM ANALYZE ocr_jobs');
    const holder = new pg.Client(clientOptions(queue.database.connection, 'holder'));
    await holder.connect();
    try {
      await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await holder.query('SELECT count(*) FROM ocr_nodes');
      await queue.database.query(`UPDATE ocr_jobs SET state = 'done' WHERE task_id = $1 AND position <= 7000`, [taskId]);
      const costOf = async (...behind: [string | null, number | null]) => {
        await explain(claimJob, [node, randomUUID(), JOB_KINDS, 3, ...behind, false]);
        return (await explain(claimJob, [node, randomUUID(), JOB_KINDS, 3, ...behind, false])).buffers;
      };
      const [knowing, unknowing] = [await costOf(taskId, 6999), await costOf(null, null)];
      console.log(`One claim behind 7,000 chunks no vacuum can clear away: ${knowing} buffers; from the front: ${unknowing}.`);
      expect(knowing).toBeLessThan(MOST_BUFFERS);
      expect(unknowing).toBeGreaterThan(2 * knowing);
    } finally {
      await holder.end();
      await queue.database.query('DELETE FROM ocr_tasks WHERE id = $1', [taskId]);
    }
  });

  it('looks for a preparation or a merge without going through the chunks that wait', async () => {
    const taskId = await addLongTask(8000);
    const values = [node, randomUUID(), ['prepare', 'merge'], 3, null, null, false];
    await explain(claimJob, values, []);
    const { plans, buffers } = await explain(claimJob, values, []);
    console.log(`One claim that has no place for a chunk, with 8,000 of them first: ${buffers} buffers.`);
    expect(plans.flatMap(tablesReadThrough).filter((table) => table === 'ocr_tasks' || table === 'ocr_jobs')).toEqual([]);
    expect(buffers).toBeLessThan(MOST_BUFFERS);
    await queue.database.query('DELETE FROM ocr_tasks WHERE id = $1', [taskId]);
  });

  it('looks whether a new task may be taken at once without going through those that wait', async () => {
    const task = () =>
      JSON.stringify([
        {
          id: randomUUID(),
          priority: 'LOW',
          place: 9,
          name: 'n',
          source: {},
          options: {},
          metadata: {},
          tenant: '',
          fair_delay: 0,
        },
      ]);
    const cost = async (nodeId: string | null) => {
      const values = () => [task(), null, null, null, null, nodeId, randomUUID(), 3];
      await explain(insertTaskLazily, values(), [{ kind: null }]);
      return explain(insertTaskLazily, values(), [{ kind: null }]);
    };
    const [looking, plain] = [await cost(node), await cost(null)];
    console.log(`One new task: ${plain.buffers} buffers; with a look whether it may be taken: ${looking.buffers}.`);
    expect(looking.plans.flatMap(tablesReadThrough).filter((table) => table === 'ocr_tasks' || table === 'ocr_jobs')).toEqual([]);
    expect(looking.buffers - plain.buffers).toBeLessThan(MOST_BUFFERS);
  });

  it('looks for what was forgotten, and for suspects, without going through all that waits', async () => {
    const taskId = await addLongTask(8000);
    const looks = [
      ['tasks in work', tasksWithoutWork, [100]],
      ['some of the others', tasksWithoutWorkAmong, ['queued', '00000000-0000-0000-0000-000000000000', 500]],
      ['suspects', suspectsWait, [3]],
    ] as const;
    for (const [what, statement, values] of looks) {
      const { rows } = await client.query<{ 'QUERY PLAN': Explained[] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement.text}`,
        [...values],
      );
      const buffers = buffersOf(rows[0]!['QUERY PLAN'][0]!.Plan);
      console.log(`A look for ${what}: ${buffers} buffers.`);
      expect(buffers, what).toBeLessThan(statement === tasksWithoutWorkAmong ? 6000 : 1000);
    }
    await queue.database.query('DELETE FROM ocr_tasks WHERE id = $1', [taskId]);
  });

  it('ends a chunk and takes the next as cheaply, however many chunks of its task are done', async () => {
    const claim = await queue.mustClaim(node);
    await queue.database.query(
      `INSERT INTO ocr_jobs (task_id, kind, state, position, first_page, last_page, pages_total)
       SELECT $1, 'chunk', 'done', n, n, n, 1 FROM generate_series(1, 5000) AS n`,
      [claim.task.id],
    );
    const values = [node, randomUUID(), JOB_KINDS, 3, null, null, false, claim.jobId, claim.token, {}];
    const { plans, buffers } = await explain(finishChunkAndClaim, values);
    expect(plans.flatMap(nodesOf).flatMap((each) => each['Index Name'] ?? [])).not.toContain('ocr_jobs_of_task');
    expect(buffers).toBeLessThan(4 * MOST_BUFFERS);
  });

  async function expectCheap(most = MOST_BUFFERS): Promise<void> {
    // The first run sets hint bits and reads the catalogue; the second is what every later one costs.
    await explain(claimJob, [node, randomUUID(), JOB_KINDS, 3, null, null, false]);
    const { plans, buffers, ms } = await explain(claimJob, [node, randomUUID(), JOB_KINDS, 3, null, null, false]);
    const nodes = plans.flatMap(nodesOf);
    expect(nodes.flatMap((each) => each['Index Name'] ?? [])).toEqual(
      expect.arrayContaining(['ocr_tasks_open', 'ocr_jobs_waiting']),
    );
    // The settings and the handful of nodes may be read through.
    expect(plans.flatMap(tablesReadThrough).filter((table) => table === 'ocr_tasks' || table === 'ocr_jobs')).toEqual([]);
    console.log(`One claim: ${buffers} buffers, ${ms.toFixed(2)} ms.`);
    expect(buffers).toBeLessThan(most);
  }

  /** A task whose turn comes first, with so many chunks that wait. @returns its id */
  async function addLongTask(chunks: number): Promise<string> {
    const { rows } = await queue.database.query<{ id: string }>(
      `WITH task AS (
         INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options)
         VALUES (gen_random_uuid(), 'running', 'NORMAL', 1, 'plan.pdf', '{"kind":"path","path":"/p"}', '{"ocr_provider":"tesseract"}')
         RETURNING id)
       INSERT INTO ocr_jobs (task_id, kind, position, first_page, last_page, pages_total)
       SELECT id, 'chunk', n, n, n, 1 FROM task, generate_series(1, $1::int) AS n RETURNING task_id AS id`,
      [chunks],
    );
    return rows[0]!.id;
  }

  /** Explains one claim with the statements within it, and undoes it. */
  async function explain(
    statement: { text: string },
    values: unknown[],
    claimed: readonly { kind: string | null }[] = [{ kind: 'chunk' }],
  ): Promise<Cost> {
    const plans: PlanNode[] = [];
    const hear = ({ message }: { message?: string }) => {
      const at = message?.indexOf('plan:\n') ?? -1;
      if (at >= 0) plans.push((JSON.parse(message!.slice(at + 6)) as Explained).Plan);
    };
    client.on('notice', hear);
    await client.query('BEGIN');
    const started = performance.now();
    const { rows } = await client.query(statement.text, values);
    const ms = performance.now() - started;
    await client.query('ROLLBACK');
    client.off('notice', hear);
    expect(rows, 'what was claimed').toMatchObject(claimed);
    // The statement itself ends last; it counts what those within it have touched.
    return { plans, buffers: buffersOf(plans.at(-1)!), ms };
  }

  async function addTasks(
    count: number,
    { status, sortKey, held = false, readyIn = '0' }: { status: string; sortKey: number; held?: boolean; readyIn?: string },
  ): Promise<void> {
    const isDone = status === 'completed';
    // In portions that any machine inserts within the time a statement has.
    for (let first = 1; first <= count; first += PORTION) {
      const last = Math.min(count, first + PORTION - 1);
      await queue.database.query(
        `WITH task AS (
         INSERT INTO ocr_tasks (id, status, priority, sort_key, ready_at, name, source, options, held, finished_at)
         SELECT gen_random_uuid(), $1, 'NORMAL', $2::bigint + n, now() + $5::interval, 'plan.pdf', '{"kind":"path","path":"/p"}',
           '{"ocr_provider":"tesseract","chunk_size":5}', $4, CASE WHEN $6 THEN now() END
         FROM generate_series($3::int, $7::int) AS n RETURNING id)
       INSERT INTO ocr_jobs (task_id, kind, state, position, first_page, last_page, pages_total)
       SELECT id, 'chunk', CASE WHEN $6 THEN 'done' ELSE 'waiting' END, n, n, n, 1 FROM task, generate_series(1, ${CHUNKS_A_TASK}) AS n`,
        [status, sortKey, first, held, readyIn, isDone, last],
      );
    }
  }
});

interface Cost {
  plans: PlanNode[];
  buffers: number;
  ms: number;
}
