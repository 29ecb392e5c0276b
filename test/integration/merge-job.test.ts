import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import type { Settings } from '../../src/config/settings.js';
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
import { Deliveries } from '../../src/task-manager/deliveries.js';
import { ClaimLost } from '../../src/task-manager/fence.js';
import type { Settlement } from '../../src/task-manager/settlement.js';
import type { Format, TaskOptions } from '../../src/task-manager/task.types.js';
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

  it('writes over files of its own task, and over no others, whoever put them there', async () => {
    const [outbox] = queue.settings.output_roots as [string];
    mkdirSync(outbox, { recursive: true });
    const deliver = async (options: { failing?: boolean; output_path?: string } = {}) => {
      const { id, merge } = await toMerge({ output_path: `${outbox}/`, ...options });
      await runner.run(merge, around);
      return id;
    };
    const fileOf = async (id: string) => (await queue.queries.get(id)).task.results?.txt?.delivered_to;
    const first = await deliver({ failing: true });
    const plain = join(realpathSync(outbox), 'document.txt');
    expect(await fileOf(first)).toBe(plain);
    // Another document of the same name, while the first one's file lies there and when it does not.
    const second = await deliver();
    const beside = join(realpathSync(outbox), `document-${second.slice(-12)}.txt`);
    expect(await fileOf(second)).toBe(beside);
    expect(readdirSync(outbox).sort()).toEqual([basename(beside), 'document.txt'].sort());

    const retried = async (id: string) => {
      await queue.tasks.retry(id);
      const chunk = await queue.mustClaim(node);
      await queue.readPages(chunk);
      await queue.settlement.chunkFinished(chunk);
      await runner.run(await queue.mustClaim(node), around);
    };
    const earlier = statSync(plain).ino;
    await retried(first);
    expect(statSync(plain).ino).not.toBe(earlier);
    expect(await fileOf(first)).toBe(plain);
    expect(readFileSync(plain, 'utf8')).toContain('text text');

    // What was fetched away leaves its name to others; the first is then delivered beside it.
    rmSync(plain);
    const third = await deliver({ failing: true });
    expect(await fileOf(third)).toBe(plain);
    // What somebody else put in its place is not taken for its own.
    writeFileSync(plain, 'of somebody else');
    await retried(third);
    expect(await fileOf(third)).toBe(join(realpathSync(outbox), `document-${third.slice(-12)}.txt`));
    expect(readFileSync(plain, 'utf8')).toBe('of somebody else');
    // Nor is what another task was asked to write there.
    rmSync(plain);
    const fourth = await deliver({ failing: true });
    expect(await fileOf(fourth)).toBe(plain);
    const asked = await deliver({ output_path: join(outbox, 'document.pdf') });
    expect(await fileOf(asked)).toBe(plain);
    const before = readFileSync(plain, 'utf8');
    await retried(fourth);
    expect(await fileOf(fourth)).not.toBe(plain);
    expect(readFileSync(plain, 'utf8')).toBe(before);
  });

  it('replaces files of its own where they are when others have the name of a format added later', async () => {
    const [outbox] = queue.settings.output_roots as [string];
    mkdirSync(outbox, { recursive: true });
    const { id, merge } = await toMerge({ output_path: `${outbox}/`, failing: true });
    await runner.run(merge, around);
    const place = realpathSync(outbox);
    const text = join(place, 'document.txt');
    const written = () => statSync(text, { bigint: true }).mtimeNs;
    const earlier = written();
    writeFileSync(join(place, 'document.json'), 'of somebody else');
    const retried = async (options?: Partial<TaskOptions>) => {
      await queue.tasks.retry(id, options);
      const chunk = await queue.mustClaim(node);
      await queue.checkpoints.pageFailed(chunk, 2, new OcrError('render_failed'), 1, never);
      await queue.settlement.chunkFinished(chunk);
      await runner.run(await queue.mustClaim(node), around);
      return (await queue.queries.get(id)).task.results;
    };
    const beside = join(place, `document-${id.slice(-12)}.json`);
    for (const options of [{ formats: ['txt', 'json'] as Format[] }, undefined]) {
      const results = await retried(options);
      expect(results).toMatchObject({ txt: { delivered_to: text }, json: { delivered_to: beside } });
      expect(readdirSync(place).sort()).toEqual([basename(beside), 'document.json', 'document.txt'].sort());
    }
    expect(written()).toBeGreaterThan(earlier);
    expect(readFileSync(join(place, 'document.json'), 'utf8')).toBe('of somebody else');

    // What somebody else has put in the place of one of them takes no other one its own.
    writeFileSync(text, 'of somebody else');
    const besideToo = join(place, `document-${id.slice(-12)}.txt`);
    expect(await retried()).toMatchObject({ txt: { delivered_to: besideToo }, json: { delivered_to: beside } });
    expect(readFileSync(text, 'utf8')).toBe('of somebody else');
  });

  it('leaves a name to the task that is about to write there, and notes nothing for a claim that is gone', async () => {
    const deliveries = new Deliveries(queue.database);
    const [first, second] = [await toMerge(), await toMerge()];
    const [one, two] = [first.merge, second.merge];
    const files = (...paths: string[]) => paths.map((path) => ({ path, stamp: `of ${path}` }));
    const none = () => Promise.resolve(new Map<string, string>());
    const there = (path: string, stamp: string) => () => Promise.resolve(new Map([[path, stamp]]));
    expect(await deliveries.note(one, files('/out/a.pdf', '/out/a.txt'), none, false)).toBe(true);
    expect(await deliveries.note(two, files('/out/a.txt', '/out/b.txt'), none, false)).toBe(false);
    // Nothing of what was refused is noted: b.txt is free, until somebody puts something there.
    expect(await deliveries.known(two, ['/out/a.txt', '/out/b.txt'])).toEqual(new Set());
    expect(await deliveries.note(one, files('/out/b.txt'), there('/out/b.txt', 'others'), false)).toBe(false);
    // What was noted last, and what was there before that, are its own.
    const again = [{ path: '/out/a.txt', stamp: 'newer' }];
    expect(await deliveries.note(one, again, there('/out/a.txt', 'of /out/a.txt'), false)).toBe(true);
    expect(await deliveries.note(one, again, there('/out/a.txt', 'of /out/a.txt'), false)).toBe(true);
    expect(await deliveries.note(one, again, there('/out/a.txt', 'of somebody'), false)).toBe(false);
    expect(await deliveries.note(two, files('/out/a.txt'), there('/out/a.txt', 'newer'), true)).toBe(true);
    expect(await deliveries.known(one, ['/out/a.txt', '/out/a.pdf'])).toEqual(new Set(['/out/a.pdf']));

    await queue.tasks.cancel(first.id);
    await expect(deliveries.note(one, files('/out/c.txt'), none, false)).rejects.toThrow(ClaimLost);
    expect(await deliveries.note(two, files('/out/a.pdf'), none, false)).toBe(true);
  });

  it('delivers nothing into the place of a share that the node lacks, and is made on one that has it', async () => {
    const share = join(queue.settings.data_dir, 'mnt', 'share');
    const settings = { ...queue.settings, output_roots: [share] };
    const sharing = runnerOf(queue, mergeJobOf(queue, undefined, settings));
    const { id, merge } = await toMerge({ output_path: `${share}/` });
    await sharing.run(merge, around);
    expect(existsSync(dirname(share))).toBe(false);
    const { rows } = await queue.database.query<{ code: string }>(
      `SELECT last_error ->> 'code' AS code FROM ocr_jobs WHERE task_id = $1 AND kind = 'merge' AND state = 'waiting'`,
      [id],
    );
    expect(rows).toEqual([{ code: 'delivery_failed' }]);
    mkdirSync(share, { recursive: true });
    await sharing.run(await queue.mustClaim(await queue.node()), around);
    expect(await queue.statusOf(id)).toBe('completed');
    expect(readdirSync(share)).toEqual(['document.txt']);
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
function mergeJobOf(queue: QueueHarness, settled?: () => Promise<void>, settings: Settings = queue.settings): MergeJob {
  const { checkpoints, database, store } = queue;
  const settlement = Object.create(queue.settlement, {
    merged: {
      value: async (...end: Parameters<Settlement['merged']>) => {
        await queue.settlement.merged(...end);
        await settled?.();
      },
    },
  }) as Settlement;
  const ocr = {
    merge: async ({ outputDir, formats }: { outputDir: string; formats: Format[] }) => {
      const files = formats.map((format) => ({
        format,
        path: join(outputDir, `result.${format}`),
        contentType: 'text/plain',
        extension: format,
      }));
      for (const { path } of files) await writeFile(path, 'text '.repeat(1000));
      return { files, refused: [] };
    },
  } as unknown as BaseOcr;
  const [outputs, folders] = [new OutputWriter(settings, store), new WorkFolders(settings, database)];
  return new MergeJob(ocr, checkpoints, settlement, outputs, new Deliveries(database), folders, database, store);
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
