import { afterAll, beforeAll, expect, it } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { ClaimLost } from '../../src/task-manager/fence.js';
import { pagesOf } from '../../src/task-manager/settlement.js';
import { PRIORITIES } from '../../src/task-manager/task.types.js';
import { brokenInvariants } from '../support/invariants.js';
import { pageResult, QueueHarness } from '../support/queue-harness.js';

/** Milliseconds everybody works against everybody. */
const DURATION = 10_000;
const never = new AbortController().signal;

let queue: QueueHarness;
const ids: string[] = [];
const troubles: unknown[] = [];
let counted = 0;

beforeAll(async () => {
  queue = await QueueHarness.start({ max_concurrent_tasks: 12, completed_task_retention: 0.0005, database_pool_size: 30 });
});
afterAll(() => queue.close());

/**
 * Workers, dying nodes, rescuers, sweepers, and callers who pause, resume, cancel, retry, delete and submit, all on the same few
 * tasks at the same time. Nobody may meet anything but a lost claim or a refusal; PostgreSQL must see no deadlock; afterwards
 * every rule holds and every task can be finished.
 */
it('keeps every rule, and never deadlocks, when everything happens at once', { timeout: 120_000 }, async () => {
  const end = Date.now() + DURATION;
  const actors = [
    ...Array.from({ length: 6 }, () => repeat(end, worker)),
    ...Array.from({ length: 5 }, () => repeat(end, caller)),
    ...Array.from({ length: 3 }, () => repeat(end, submitter)),
    ...Array.from({ length: 2 }, () => repeat(end, () => queue.rescuer.runOnce())),
    ...Array.from({ length: 2 }, () => repeat(end, () => queue.sweeper.runOnce())),
    repeat(end, circuit),
  ];
  await Promise.all(actors);
  expect(troubles).toEqual([]);
  await queue.ends.lookAgain();
  expect(await brokenInvariants(queue.database, false)).toEqual({});

  await queue.database.query(`UPDATE ocr_nodes SET lease_until = now() - interval '1 second'`);
  await queue.rescuer.runOnce();
  for (const id of ids) await queue.tasks.resume(id).catch(harmless);
  await queue.database.query('DELETE FROM ocr_circuits');
  await queue.circuits.runOnce();
  const node = await queue.node(600);
  await queue.workOff(node);
  expect(await brokenInvariants(queue.database)).toEqual({});
  const { rows } = await queue.database.query(
    'SELECT status, run, held, ready_at, now() FROM ocr_tasks WHERE finished_at IS NULL',
  );
  expect(rows).toEqual([]);
  const { rows: stats } = await queue.database.query(
    'SELECT deadlocks, pg_stat_force_next_flush() IS NULL AS flushed FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(stats[0]).toMatchObject({ deadlocks: 0 });
  expect(counted).toBeGreaterThan(500);
});

async function repeat(end: number, act: () => Promise<unknown>): Promise<void> {
  while (Date.now() < end) {
    try {
      await act();
      counted++;
    } catch (error) {
      harmless(error);
    }
  }
}

/** What may happen to somebody when others are faster. */
function harmless(error: unknown): void {
  if (error instanceof ClaimLost) return;
  const refusals = ['invalid_transition', 'task_not_found', 'queue_full'];
  if (error instanceof OcrError && refusals.includes(error.code)) return;
  troubles.push(error);
}

/** A node of its own for each job: one of ten dies with it. */
async function worker(): Promise<void> {
  const node = await queue.node(60);
  const claim = await queue.claim(node);
  if (claim === undefined) return pause(5);
  if (chance(0.1)) {
    await queue.database.query(`UPDATE ocr_nodes SET lease_until = now() - interval '1 second' WHERE id = $1`, [node]);
    if (chance(0.5)) return; // else it does not know, and goes on
  }
  if (chance(0.05)) return queue.settlement.givenBack(claim);
  if (chance(0.1)) return void (await queue.settlement.failed(claim, new OcrError('engine_crashed')));
  if (chance(0.05)) return void (await queue.settlement.failed(claim, new OcrError('render_failed')));
  if (claim.kind === 'prepare') return queue.settlement.prepared(claim, { documentKey: 'key', pageCount: 1 + random(8) });
  if (claim.kind === 'merge') return queue.settlement.merged(claim, {});
  for (const page of pagesOf(claim, await queue.checkpoints.finished(claim))) {
    if (chance(0.1)) await queue.checkpoints.pageFailed(claim, page, new OcrError('render_failed'), 1, never);
    else await queue.checkpoints.pageDone(claim, pageResult(page), never);
  }
  await queue.settlement.chunkFinished(claim);
}

/** Half of the time the newest tasks: those are worked on. */
async function caller(): Promise<void> {
  const id = ids[ids.length - 1 - random(chance(0.5) ? 6 : ids.length)];
  if (id === undefined) return pause(5);
  const actions = ['pause', 'pause', 'resume', 'resume', 'resume', 'retry', 'retry', 'delete', 'cancel'] as const;
  if (chance(0.1)) return queue.tasks.setPriority(id, PRIORITIES[random(4)]!);
  return queue.tasks[actions[random(actions.length)]!](id);
}

/** Single documents, some of them twice at once under one key, and batches whose tenants come in any order. */
async function submitter(): Promise<void> {
  const { rows } = await queue.database.query<{ open: number }>(
    'SELECT count(*) AS open FROM ocr_tasks WHERE finished_at IS NULL',
  );
  if (rows[0]!.open > 60) return pause(20);
  const one = () => ({ options: { chunk_size: 1 + random(3) }, priority: PRIORITIES[random(4)]!, tenant: `t${random(3)}` });
  if (chance(0.5)) {
    const idempotency = { key: `key ${Math.random()}`, request: 'the same' };
    const twice = await Promise.all([1, 2].map(() => queue.submit({ ...one(), idempotency })));
    expect(twice[0]).toBe(twice[1]);
    ids.push(twice[0]!);
  } else {
    const submissions = Array.from({ length: 1 + random(5) }, () => queue.submission(one()));
    ids.push(...(await queue.queue.submitBatch({ submissions })).taskIds);
  }
}

/** The provider of all tasks goes down and comes back. */
async function circuit(): Promise<void> {
  for (let failure = 0; failure < 5; failure++) queue.circuits.failed('tesseract', new OcrError('engine_unavailable'));
  await queue.circuits.settled();
  await pause(100);
  queue.circuits.succeeded('tesseract');
  await queue.circuits.settled();
  await queue.circuits.runOnce();
  await pause(1000);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

function chance(share: number): boolean {
  return Math.random() < share;
}
