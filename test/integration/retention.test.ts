import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logs } from '../../src/logging/logs.js';
import { RetentionSweeper } from '../../src/queue-manager/retention-sweeper.js';
import { sourceKey, taskPrefix } from '../../src/task-manager/artifact-keys.js';
import { QueueHarness } from '../support/queue-harness.js';

describe('the trash', () => {
  let queue: QueueHarness;
  beforeEach(async () => {
    queue = await QueueHarness.start();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await queue.close();
  });

  const throwAway = async (prefixes: readonly string[]) => {
    await queue.database.query(
      `INSERT INTO ocr_trash (prefix, created_at) SELECT prefix, now() - interval '6 minutes' - ordinality * interval '1 second'
       FROM unnest($1::text[]) WITH ORDINALITY AS given (prefix, ordinality)`,
      [prefixes],
    );
  };
  const trash = async () =>
    (await queue.database.query('SELECT prefix FROM ocr_trash ORDER BY prefix')).rows.map((row) => row['prefix']);
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

  it('is emptied whole in one run, but for what cannot be deleted, which stops nothing else', async () => {
    const left = ids(250);
    for (const id of left) await queue.store.put(sourceKey(id), Buffer.from('late'));
    await throwAway([...left.map(taskPrefix), '../no prefix of the store']);
    await queue.database.query(
      `WITH event AS (INSERT INTO ocr_events (task_id, type) VALUES ($1, 'task.deleted') RETURNING id)
       INSERT INTO ocr_farewells (event_id, created_at) SELECT id, now() - interval '2 days' FROM event`,
      [randomUUID()],
    );
    await queue.sweeper.runOnce();
    expect(await trash()).toEqual(['../no prefix of the store']);
    for (const id of left) expect(await queue.store.stat(sourceKey(id))).toBeNull();
    expect((await queue.database.query('SELECT FROM ocr_events')).rowCount, 'what comes after it is done').toBe(0);
  });

  it('is shared by nodes that empty it at the same time', async () => {
    await throwAway(ids(500).map(taskPrefix));
    const deleted = vi.spyOn(queue.store, 'deletePrefix');
    const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;
    const other = new RetentionSweeper(queue.database, queue.tasks, logs, queue.store, queue.live);
    await Promise.all([queue.sweeper.runOnce(), other.runOnce()]);
    expect(await trash()).toEqual([]);
    expect(deleted).toHaveBeenCalledTimes(500);
  });

  it('is no place for the files of a task that is there', async () => {
    const id = await queue.submit();
    await queue.store.put(sourceKey(id), Buffer.from('needed'));
    await throwAway([taskPrefix(id)]);
    await queue.sweeper.runOnce();
    expect(await trash()).toEqual([]);
    expect(await queue.store.stat(sourceKey(id))).not.toBeNull();
  });

  it('keeps what could not be deleted with its task for later', async () => {
    const [first, second] = [await queue.submit(), await queue.submit()];
    for (const id of [first, second]) await queue.tasks.cancel(id);
    await queue.database.query(`UPDATE ocr_tasks SET finished_at = now() - interval '25 hours'`);
    await queue.store.put(sourceKey(first), Buffer.from('x'));
    const away = vi.spyOn(queue.store, 'deletePrefix').mockRejectedValue(new Error('The store is away.'));
    expect(await queue.sweeper.runOnce()).toBe(2);
    away.mockRestore();
    await queue.database.query(`UPDATE ocr_trash SET created_at = now() - interval '6 minutes'`);
    await queue.sweeper.runOnce();
    expect(await queue.store.stat(sourceKey(first))).toBeNull();
    expect(await trash()).toEqual([]);
  });
});
