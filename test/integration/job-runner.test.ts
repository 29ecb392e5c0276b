import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import type { Logs } from '../../src/logging/logs.js';
import { JobRunner } from '../../src/queue-manager/job-runner.js';
import { ChunkJob } from '../../src/queue-manager/jobs/chunk.job.js';
import type { PrepareJob } from '../../src/queue-manager/jobs/prepare.job.js';
import type { MergeJob } from '../../src/queue-manager/jobs/merge.job.js';
import { PageSlots } from '../../src/queue-manager/page-slots.js';
import { TextCarriers } from '../../src/queue-manager/text-carriers.js';
import { StoreRoom } from '../../src/queue-manager/store-room.js';
import type { Claim } from '../../src/task-manager/claim.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { QueueHarness } from '../support/queue-harness.js';

interface JobRow {
  state: string;
  attempt: number;
  wait: number;
  error: { code: string } | null;
}

/** Jobs run to their settlement on a real queue; what reads the pages is the test's, and told of to real circuits. */
describe('a job whose work fails', () => {
  let queue: QueueHarness;
  let node: string;
  let runner: JobRunner;
  let room: StoreRoom;
  let prepare: (claim: Claim) => Promise<void>;
  beforeEach(async () => {
    queue = await QueueHarness.start({ max_attempts: 3 });
    node = await queue.node();
    const down = new OcrError('engine_unavailable');
    const readPage = async ({ provider, fallback = [] }: { provider: string; fallback?: string[] }) => {
      for (const each of [provider, ...fallback]) if (!queue.circuits.isOpen(each)) queue.circuits.failed(each, down);
      throw down;
    };
    const ocr = { readPage, keepOwnText: async () => ({ kept: [], others: new Map() }) } as unknown as BaseOcr;
    const silent = pino({ level: 'silent' });
    const logs = { queue: silent, tasks: silent } as unknown as Logs;
    const observer = new WorkObserver();
    room = new StoreRoom(queue.store);
    vi.spyOn(queue.store, 'withLocalFile').mockImplementation((_key, work) => work('/nowhere'));
    prepare = async () => {};
    runner = new JobRunner(
      queue.database,
      queue.settlement,
      observer,
      logs,
      { process: (claim: Claim) => prepare(claim) } as unknown as PrepareJob,
      new ChunkJob(ocr, queue.checkpoints, queue.settlement, observer, new TextCarriers(), queue.store, queue.settings),
      { process: async () => {} } as unknown as MergeJob,
      queue.live,
      queue.circuits,
      room,
    );
  });
  afterEach(() => queue.close());

  const run = async (claim: Claim) => {
    const places = new PageSlots(5).announce(5);
    await runner.run(claim, { places, stop: new AbortController().signal, wish: () => undefined });
    await queue.circuits.settled();
  };
  const jobOf = async (claim: Claim): Promise<JobRow> => {
    const { rows } = await queue.database.query<JobRow & Record<string, unknown>>(
      `SELECT state, attempt, extract(epoch FROM run_at - now())::float8 AS wait, last_error AS error FROM ocr_jobs WHERE id = $1`,
      [claim.jobId],
    );
    return rows[0]!;
  };
  /** The moment every circuit lets pages through again. */
  const letThrough = async () => {
    await queue.database.query(`UPDATE ocr_circuits SET open_until = now() - interval '1 second'`);
    await queue.database.query('UPDATE ocr_jobs SET run_at = now()');
    await queue.database.query('UPDATE ocr_tasks SET ready_at = now()');
    await queue.circuits.runOnce();
  };

  it.each([
    ['its provider', { ocr_provider: 'http' }],
    ['all its providers', { ocr_provider: 'http', provider_fallback: ['textract'] }],
  ])('burns no attempt, however long %s are down', async (_, options) => {
    const id = await queue.submit({ options });
    await queue.prepare(node, 5);
    for (let opening = 0; opening < 5; opening++) {
      const claim = await queue.mustClaim(node);
      await run(claim);
      expect(await jobOf(claim)).toMatchObject({ state: 'waiting', attempt: 0 });
      expect(await queue.claim(node), 'it is not tried again at once').toBeUndefined();
      await letThrough();
    }
    expect(await queue.queries.failedPages(id)).toEqual([]);
    expect(await queue.statusOf(id)).toBe('running');
  });

  it('fails no page on its last attempt that nobody was there to read', async () => {
    const id = await queue.submit({ options: { ocr_provider: 'http' } });
    await queue.prepare(node, 5);
    await queue.database.query(`UPDATE ocr_jobs SET attempt = 2 WHERE task_id = $1 AND kind = 'chunk'`, [id]);
    const claim = await queue.mustClaim(node);
    expect(claim.attempt).toBe(3);
    await run(claim);
    expect(await queue.queries.failedPages(id)).toEqual([]);
    expect(await jobOf(claim)).toMatchObject({ state: 'waiting', attempt: 2 });
  });

  describe('as the document store takes nothing', () => {
    /** A file where the store's folder was: what a disk that is gone or read-only looks like, also to root. */
    const breakStore = () => {
      const store = join(queue.settings.data_dir, 'store');
      rmSync(store, { recursive: true, force: true });
      writeFileSync(store, '');
    };
    const repairStore = () => rmSync(join(queue.settings.data_dir, 'store'));

    it.each([
      ['the store says so', () => queue.store.put('tasks/a', Buffer.from('a')).then(() => {})],
      ['its own folder cannot be made', () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' }))],
    ])('burns no attempt where %s, and claims nothing until it takes files again', async (_, work) => {
      prepare = work;
      const id = await queue.submit();
      breakStore();
      for (let round = 0; round < 5; round++) {
        const claim = await queue.mustClaim(node);
        await run(claim);
        expect(await jobOf(claim)).toMatchObject({ state: 'waiting', attempt: 0 });
        expect(runner.canKeepWork).toBe(false);
        await expect(room.runOnce()).rejects.toMatchObject({ code: 'storage_failed' });
        expect(runner.canKeepWork).toBe(false);
        await letThrough();
      }
      expect(await queue.statusOf(id)).toBe('running');

      repairStore();
      await room.runOnce();
      expect(runner.canKeepWork).toBe(true);
    });

    it('waits longer each time, up to minutes, with a document that has no room where others have', async () => {
      prepare = async () => {
        throw new OcrError('storage_full');
      };
      await queue.submit();
      const waits: number[] = [];
      for (let round = 0; round < 9; round++) {
        const claim = await queue.mustClaim(node);
        await run(claim);
        const { attempt, wait } = await jobOf(claim);
        expect(attempt).toBe(0);
        waits.push(wait);
        await room.runOnce();
        expect(runner.canKeepWork, 'others go on').toBe(true);
        await letThrough();
      }
      expect(waits[0]).toBeLessThanOrEqual(5);
      expect(waits[3]).toBeGreaterThan(waits[0]! * 2);
      expect(waits.at(-1)).toBeGreaterThan(200);
      expect(waits.at(-1)).toBeLessThanOrEqual(300);
      // What one node has no room for, another may have.
      const elsewhere = await queue.mustClaim(await queue.node());
      await run(elsewhere);
      expect((await jobOf(elsewhere)).wait).toBeLessThanOrEqual(5);
    });

    it('counts what fails while the store takes other files', async () => {
      prepare = async () => {
        throw new OcrError('storage_failed');
      };
      await queue.submit();
      const claim = await queue.mustClaim(node);
      await run(claim);
      expect(await jobOf(claim)).toMatchObject({ state: 'waiting', attempt: 1, error: { code: 'storage_failed' } });
      expect(runner.canKeepWork).toBe(true);
    });
  });

  it('believes no wait of a remote party beyond an hour', async () => {
    prepare = async () => {
      throw new OcrError('url_fetch_failed', { retryable: true, retryAfter: 1e14 });
    };
    await queue.submit();
    const claim = await queue.mustClaim(node);
    await run(claim);
    const job = await jobOf(claim);
    expect(job).toMatchObject({ state: 'waiting', attempt: 1, error: { code: 'url_fetch_failed' } });
    expect(job.wait).toBeGreaterThan(3000);
    expect(job.wait).toBeLessThanOrEqual(3600);
  });

  it('counts the attempt when its error cannot be written down', async () => {
    prepare = async () => {
      throw new OcrError('url_fetch_failed', { retryable: true });
    };
    await queue.submit();
    const claim = await queue.mustClaim(node);
    vi.spyOn(queue.settlement, 'failed').mockRejectedValueOnce(new Error('interval out of range'));
    await run(claim);
    expect(await jobOf(claim)).toMatchObject({ attempt: 1, error: { code: 'internal_error' } });
  });

  it('holds a place among the open tasks no longer when two of its chunks back off at the same time', async () => {
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 6);
    for (let round = 0; round < 3; round++) {
      const claims = [await queue.mustClaim(node), await queue.mustClaim(node)];
      await queue.database.query(
        `UPDATE ocr_jobs SET run_at = now() + interval '1 hour' WHERE task_id = $1 AND state = 'waiting'`,
        [id],
      );
      const error = new OcrError('engine_unavailable', { retryAfter: 3600 });
      await Promise.all(claims.map((claim) => queue.settlement.failed(claim, error)));
      const { rows } = await queue.database.query<{ ready: boolean }>(
        'SELECT ready_at <= now() AS ready FROM ocr_tasks WHERE id = $1',
        [id],
      );
      expect(rows[0]!.ready).toBe(false);
      await letThrough();
    }
  });

  it('leaves the open tasks also when the chunk beside it ended in that moment', async () => {
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 2);
    const [first, second] = [await queue.mustClaim(node), await queue.mustClaim(node)];
    await queue.settlement.failed(first, new OcrError('engine_unavailable', { retryAfter: 3600 }));
    await queue.readPages(second);
    await queue.settlement.chunkFinished(second);
    // As if neither had seen the other.
    await queue.database.query('UPDATE ocr_tasks SET ready_at = now() WHERE id = $1', [id]);
    await queue.ends.lookAgain();
    const other = await queue.submit();
    await queue.live.change({ max_concurrent_tasks: 1 });
    expect((await queue.mustClaim(node)).task.id).toBe(other);
  });
});
