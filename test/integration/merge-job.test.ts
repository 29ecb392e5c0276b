import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import type { Logs } from '../../src/logging/logs.js';
import { JobRunner, type JobSurroundings } from '../../src/queue-manager/job-runner.js';
import type { ChunkJob } from '../../src/queue-manager/jobs/chunk.job.js';
import { MergeJob } from '../../src/queue-manager/jobs/merge.job.js';
import type { PrepareJob } from '../../src/queue-manager/jobs/prepare.job.js';
import { StoreRoom } from '../../src/queue-manager/store-room.js';
import { WorkFolders } from '../../src/queue-manager/work-folders.js';
import { OutputWriter } from '../../src/storage/output-writer.js';
import { taskPrefix } from '../../src/task-manager/artifact-keys.js';
import type { Claim } from '../../src/task-manager/claim.js';
import type { Settlement } from '../../src/task-manager/settlement.js';
import { WorkObserver } from '../../src/task-manager/work-observer.js';
import { canMount } from '../support/can-mount.js';
import { pageResult, QueueHarness } from '../support/queue-harness.js';

/** The merge on a real queue and real folders; only what makes the results of the pages is the test's. */
describe('a merge', () => {
  let queue: QueueHarness;
  let runner: JobRunner;
  let node: string;
  beforeEach(async () => {
    queue = await QueueHarness.start();
    node = await queue.node();
    runner = runnerOf(queue, mergeJobOf(queue));
  });
  afterEach(() => queue.close());

  /** Takes a fresh task up to the claim of its merge. */
  const toMerge = async ({ failing = false, ...options }: { failing?: boolean; output_path?: string } = {}) => {
    const id = await queue.submit({ options: { formats: ['txt'], ...options } });
    const prepared = await queue.prepare(node, 2);
    const { key } = await queue.store.put(`${taskPrefix(id)}source/original`, Buffer.from('%PDF'));
    await queue.database.query('UPDATE ocr_tasks SET document_key = $2 WHERE id = $1', [prepared.task.id, key]);
    const chunk = await queue.mustClaim(node);
    await queue.checkpoints.pageDone(chunk, pageResult(1), never);
    if (failing) await queue.checkpoints.pageFailed(chunk, 2, new OcrError('render_failed'), 1, never);
    else await queue.checkpoints.pageDone(chunk, pageResult(2), never);
    await queue.settlement.chunkFinished(chunk);
    return { id, merge: await queue.mustClaim(node) };
  };
  const resultsOf = async (id: string) => {
    const keys: string[] = [];
    for await (const key of queue.store.list(`${taskPrefix(id)}results/`)) keys.push(key);
    return keys;
  };

  it('removes the results of earlier runs, and none that a later run made while its node stood still', async () => {
    const { id, merge } = await toMerge({ failing: true });
    await queue.store.put(`${taskPrefix(id)}results/0.earlier/result.txt`, Buffer.from('of before'));
    let later: string[] = [];
    const standStill = async () => {
      await queue.tasks.retry(id);
      const chunk = await queue.mustClaim(node);
      await queue.readPages(chunk);
      await queue.settlement.chunkFinished(chunk);
      await runner.run(await queue.mustClaim(node), around);
      later = Object.values((await queue.queries.get(id)).task.results ?? {}).map(({ key }) => key);
    };
    await runnerOf(queue, mergeJobOf(queue, standStill)).run(merge, around);
    expect(await queue.statusOf(id)).toBe('completed');
    expect(later).toHaveLength(1);
    expect(await resultsOf(id)).toEqual(later);
  });

  describe.skipIf(!canMount())('whose output folder is full', () => {
    let disk: string;
    beforeEach(() => {
      [disk] = queue.settings.output_roots as [string];
      mkdirSync(disk, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
      fill(join(disk, 'filler'));
    });
    afterEach(() => execFileSync('umount', [disk]));

    const waitOf = async (id: string) => {
      const { rows } = await queue.database.query<{ wait: number; attempt: number; code: string }>(
        `SELECT extract(epoch FROM run_at - now())::float8 AS wait, attempt, last_error ->> 'code' AS code
         FROM ocr_jobs WHERE task_id = $1 AND kind = 'merge' AND state = 'waiting'`,
        [id],
      );
      return rows[0]!;
    };

    it('waits longer each time, up to minutes, stops no other work and leaves nothing behind', async () => {
      const { id, merge } = await toMerge({ output_path: `${disk}/` });
      const waits: number[] = [];
      let claim: Claim | undefined = merge;
      for (let round = 0; round < 12; round++) {
        await runner.run(claim!, around);
        expect(runner.canKeepWork, 'the store has room').toBe(true);
        const { wait, attempt, code } = await waitOf(id);
        expect({ attempt, code }).toEqual({ attempt: 0, code: 'output_full' });
        waits.push(wait);
        await queue.database.query('UPDATE ocr_jobs SET run_at = now() WHERE task_id = $1', [id]);
        await queue.database.query('UPDATE ocr_tasks SET ready_at = now() WHERE id = $1', [id]);
        claim = await queue.claim(node);
      }
      expect(waits[0]).toBeLessThanOrEqual(5);
      expect(waits[3]).toBeGreaterThan(waits[0]! * 2);
      for (const wait of waits.slice(-2)) expect(wait).toBeGreaterThan(200);
      expect(Math.max(...waits)).toBeLessThanOrEqual(300);
      expect(await resultsOf(id), 'results that came to nothing').toEqual([]);

      rmSync(join(disk, 'filler'));
      await runner.run(claim!, around);
      expect(await queue.statusOf(id)).toBe('completed');
      expect(existsSync(join(disk, 'document.txt'))).toBe(true);
      expect(await resultsOf(id)).toHaveLength(1);
    });
  });
});

const never = new AbortController().signal;
const around = { stop: never } as JobSurroundings;

/** A merge whose results are one text. @param settled what happens just after its end was committed */
function mergeJobOf(queue: QueueHarness, settled?: () => Promise<void>): MergeJob {
  const { checkpoints, settings, database, store } = queue;
  const settlement = Object.create(queue.settlement, {
    merged: {
      value: async (...end: Parameters<Settlement['merged']>) => {
        await queue.settlement.merged(...end);
        await settled?.();
      },
    },
  }) as Settlement;
  const ocr = {
    merge: async ({ outputDir }: { outputDir: string }) => {
      const path = join(outputDir, 'result.txt');
      await writeFile(path, 'text '.repeat(1000));
      return { files: [{ format: 'txt', path, contentType: 'text/plain', extension: 'txt' }], refused: [] };
    },
  } as unknown as BaseOcr;
  const [outputs, folders] = [new OutputWriter(settings, store), new WorkFolders(settings, database)];
  return new MergeJob(ocr, checkpoints, settlement, outputs, folders, database, store);
}

function runnerOf(queue: QueueHarness, merge: MergeJob): JobRunner {
  const silent = pino({ level: 'silent' });
  return new JobRunner(
    queue.database,
    queue.settlement,
    new WorkObserver(),
    { tasks: silent } as unknown as Logs,
    {} as PrepareJob,
    {} as ChunkJob,
    merge,
    queue.live,
    queue.circuits,
    new StoreRoom(queue.store),
  );
}

/** Writes until not one block is free. */
function fill(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}
