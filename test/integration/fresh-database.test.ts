import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueHarness } from '../support/queue-harness.js';

/** Tasks that go through the queue: more than one page of the table holds, and than a plan is made anew for. */
const TASKS = 60;

/** A database nothing has been analysed in yet: plans made while its tables are empty are kept while they fill. */
describe('a database that was just set up', () => {
  let queue: QueueHarness;

  beforeAll(async () => {
    queue = await QueueHarness.start();
  });
  afterAll(() => queue.close());

  it('is never read from end to end by the way of a job', async () => {
    const node = await queue.node(3600);
    const before = await readThrough();
    for (let n = 0; n < TASKS; n++) await queue.submit();
    expect(await queue.workOff(node)).toHaveLength(TASKS * 7);
    expect(await readThrough()).toEqual(before);
  });

  /** How often each of the queue's tables has been read from end to end, by anyone. */
  async function readThrough(): Promise<Record<string, number>> {
    // One after the other, all statements have gone over the same connection, and so does this: it hands its counts in.
    await queue.database.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await queue.database.query<{ name: string; scans: number }>(
      `SELECT relname AS name, seq_scan AS scans FROM pg_stat_user_tables
       WHERE relname IN ('ocr_tasks', 'ocr_jobs', 'ocr_pages', 'ocr_events') ORDER BY relname`,
    );
    return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]));
  }
});
