import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { Notifier } from '../../src/database/notifier.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { DirectClaims } from '../../src/queue-manager/direct-claims.js';
import { QueueManager } from '../../src/queue-manager/queue-manager.js';
import { claimNext } from '../../src/task-manager/claim-next.js';
import { ClaimLost } from '../../src/task-manager/fence.js';
import { checkpointPage } from '../../src/task-manager/sql/pages.sql.js';
import { JOB_KINDS } from '../../src/task-manager/task.types.js';
import { brokenInvariants } from '../support/invariants.js';
import { parseResults } from '../../src/document/exporters/export-pages.js';
import { isFailedPage } from '../../src/document/exporters/exporter.js';
import { keptPage, pageResult, QueueHarness } from '../support/queue-harness.js';
import { until } from '../support/server-process.js';

const CODE = (code: string) => expect.objectContaining({ code });
const never = new AbortController().signal;

describe('the queue', () => {
  let queue: QueueHarness;
  let node: string;

  beforeEach(async () => {
    queue = await QueueHarness.start({ max_concurrent_tasks: 2 });
    node = await queue.node();
  });
  afterEach(() => queue.close());

  /** Resolves when somebody waits for a row that another transaction has. */
  const waitingForLock = () =>
    until(
      () =>
        queue.database.query<{ waiting: number }>(`SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND datname = current_database()`),
      ({ rows }) => rows[0]!.waiting === 1,
    );

  it('takes a task from its preparation over its chunks to its merge', async () => {
    const id = await queue.submit();
    await queue.prepare(node, 7);
    expect(await queue.statusOf(id)).toBe('running');
    const read = await queue.workOff(node);
    expect(read).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const { task, progress } = await queue.queries.get(id);
    expect(task).toMatchObject({ status: 'completed', page_count: 7, pages_total: 7 });
    expect(progress).toMatchObject({ progress: 1, pages_done: 7, pages_failed: 0, eta_seconds: 0 });
    expect((await queue.eventsOf(id)).join(' ')).toBe(
      'task.queued task.started prepare.started prepare.completed chunk.started chunk.completed chunk.started chunk.completed ' +
        'merge.started merge.completed task.completed',
    );
  });

  it('estimates the time left by the pages that are read, not by those that keep their text', async () => {
    const id = await queue.submit({ options: { chunk_size: 3 } });
    await queue.prepare(node, 6);
    const chunk = await queue.mustClaim(node);
    const left = async () => (await queue.queries.get(id)).progress.eta_seconds;
    await queue.checkpoints.pagesKept(chunk, [keptPage(1)], never);
    expect(await left()).toBeNull();
    await queue.checkpoints.pageDone(chunk, { ...pageResult(2), duration_ms: 9000 }, never);
    // One page of this chunk, and two of three in the other: at 9 s each.
    expect(await left()).toBe(27);
  });

  it('gives no job to two nodes', async () => {
    await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 20);
    const claims = await Promise.all(Array.from({ length: 30 }, () => queue.claim(node)));
    const ids = claims.flatMap((claim) => (claim === undefined ? [] : [claim.jobId]));
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  it('inserts one merge, also when the last chunks finish at the same moment', async () => {
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 8);
    const claims = await Promise.all(Array.from({ length: 8 }, () => queue.mustClaim(node)));
    await Promise.all(claims.map((claim) => queue.readPages(claim)));
    await Promise.all(claims.map((claim) => queue.settlement.chunkFinished(claim)));
    expect((await queue.queries.jobs(id)).filter((job) => job.kind === 'merge')).toHaveLength(1);
  });

  it('brings the merge when a chunk is taken and ended while the end of another is still on its way', async () => {
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 2);
    const first = await queue.mustClaim(node);
    await queue.readPages(first);
    const kinds = async () => (await queue.queries.jobs(id)).map((job) => job.kind);
    let ending: Promise<unknown> | undefined;
    await queue.database.transaction(async (tx) => {
      await tx.query('SELECT FROM ocr_jobs WHERE id = $1 FOR UPDATE', [first.jobId]);
      // It sees the second chunk waiting, and then waits itself, for the lock.
      ending = queue.settlement.chunkFinished(first);
      await waitingForLock();
      const second = await queue.mustClaim(node);
      await queue.readPages(second);
      await queue.settlement.chunkFinished(second);
    });
    await ending;
    expect(await kinds()).not.toContain('merge');
    await queue.ends.lookAgain();
    expect(await kinds()).toContain('merge');
  });

  it('takes the next job with the end of a chunk, but not with the last one, nor with a claim that is lost', async () => {
    const wish = { nodeId: node, kinds: JOB_KINDS, maxConcurrentTasks: 3 };
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 3);
    const first = await queue.mustClaim(node);
    await queue.readPages(first);
    const second = await queue.settlement.chunkFinished(first, wish);
    expect(second).toMatchObject({ kind: 'chunk', nodeId: node, firstPage: 2, attempt: 1, task: { id, pageCount: 3 } });
    await expect(queue.settlement.chunkFinished(first, wish)).rejects.toBeInstanceOf(ClaimLost);
    await queue.readPages(second!);
    const third = await queue.settlement.chunkFinished(second!, wish);
    await queue.readPages(third!);
    expect(await queue.settlement.chunkFinished(third!, wish)).toBeUndefined();
    expect((await queue.mustClaim(node)).kind).toBe('merge');
    expect(await queue.eventsOf(id)).toEqual([
      'task.queued',
      'task.started',
      'prepare.started',
      'prepare.completed',
      ...[1, 2, 3].flatMap(() => ['chunk.started', 'chunk.completed']),
      'merge.started',
    ]);
  });

  it('ends a chunk without taking another when nothing it wishes for is due', async () => {
    await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 2);
    const claim = await queue.mustClaim(node);
    await queue.readPages(claim);
    const wish = { nodeId: node, kinds: ['merge'] as const, maxConcurrentTasks: 3 };
    expect(await queue.settlement.chunkFinished(claim, wish)).toBeUndefined();
    await expect(queue.settlement.chunkFinished(claim)).rejects.toBeInstanceOf(ClaimLost);
  });

  it('looks first behind the position it is told, at the front where nothing waits behind, and never past the task whose turn it is', async () => {
    const id = await queue.submit({ options: { chunk_size: 1 } });
    await queue.prepare(node, 4);
    const claim = (taskId: string, position: number) =>
      claimNext(queue.database, { nodeId: node, kinds: JOB_KINDS, maxConcurrentTasks: 3, behind: { taskId, position } });
    const first = await queue.mustClaim(node);
    expect(await claim(id, first.position + 1)).toMatchObject({ firstPage: 3 });
    const urgent = await queue.submit({ priority: 'CRITICAL' });
    expect(await claim(id, first.position)).toMatchObject({ kind: 'prepare', task: { id: urgent } });
    expect(await claim(id, first.position + 2)).toMatchObject({ firstPage: 4 });
    // The one before is all that is left, and whatever is said of another task counts for nothing.
    await queue.submit({ priority: 'LOW' });
    expect(await claim(id, first.position + 3)).toMatchObject({ firstPage: 2, task: { id } });
  });

  it('works on no more tasks than max_concurrent_tasks, CRITICAL first and then by deadline', async () => {
    for (const priority of ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] as const) await queue.submit({ name: priority, priority });
    const first = await queue.mustClaim(node);
    const second = await queue.mustClaim(node);
    expect([first.task.name, second.task.name]).toEqual(['CRITICAL', 'HIGH']);
    expect(await queue.claim(node)).toBeUndefined();
    await queue.settlement.failed(first, new OcrError('damaged_document'));
    expect((await queue.mustClaim(node)).task.name).toBe('NORMAL');
  });

  it('lets an urgent task overtake a long one at the next chunk', async () => {
    const long = await queue.submit({ options: { chunk_size: 1 }, priority: 'LOW' });
    await queue.prepare(node, 100);
    expect((await queue.mustClaim(node)).task.id).toBe(long);
    const urgent = await queue.submit({ priority: 'CRITICAL' });
    expect((await queue.mustClaim(node)).task.id).toBe(urgent);
  });

  describe('pause, resume, cancel', () => {
    it('takes the running claims back, so that late writes bounce off', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 7);
      const claim = await queue.mustClaim(node);
      await queue.checkpoints.pageDone(claim, pageResult(1), never);
      await queue.tasks.pause(id);
      await expect(queue.readPages(claim)).rejects.toBeInstanceOf(ClaimLost);
      await expect(queue.settlement.chunkFinished(claim)).rejects.toBeInstanceOf(ClaimLost);
      expect(await queue.claim(node)).toBeUndefined();
      await queue.tasks.resume(id);
      expect(await queue.workOff(node)).toEqual([2, 3, 4, 5, 6, 7]);
      expect(await queue.statusOf(id)).toBe('completed');
      const chunk = (await queue.queries.jobs(id)).find((job) => job.first_page === 1);
      expect(chunk).toMatchObject({ attempt: 1, stalls: 0 });
    });

    it('is given out before it is on the disk, and answered when it is', async () => {
      // The server of the tests waits for no disk, unless told to.
      await queue.database.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$`,
      );
      const log = { warn: () => {}, info: () => {} };
      const database = new Database(queue.database.connection, { poolSize: 2, log });
      const notifier = new Notifier(queue.database.connection, log);
      const query = database.query.bind(database);
      let [written, claimable] = ['', false];
      vi.spyOn(database, 'query').mockImplementation((async (statement: { name?: string }, values?: unknown[]) => {
        const answer = await query(statement as never, values);
        if (statement.name === 'ocr_insert_task_lazily') {
          written = (await query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn')).rows[0]!.lsn;
          claimable = (await queue.claim(node)) !== undefined;
        }
        return answer;
      }) as never);
      await new QueueManager(database, notifier, queue.live, new DirectClaims()).submit(queue.submission());
      const { rows } = await query<{ flushed: boolean }>('SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS flushed', [written]);
      expect([claimable, rows[0]!.flushed]).toEqual([true, true]);
      await Promise.all([notifier.close(), database.close()]);
    });

    it('keeps many pages at once, or none of them when the claim was taken back', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 7);
      const [claim, second] = [await queue.mustClaim(node), await queue.mustClaim(node)];
      await queue.checkpoints.pagesKept(claim, [1, 2, 4].map(keptPage), never);
      // An answer that was lost on the way: the same again.
      await queue.checkpoints.pagesKept(claim, [1, 2, 4].map(keptPage), never);
      expect((await queue.queries.jobs(id)).find((job) => job.first_page === 1)).toMatchObject({ pages_done: 3 });
      await queue.tasks.pause(id);
      await expect(queue.checkpoints.pagesKept(second, [6, 7].map(keptPage), never)).rejects.toBeInstanceOf(ClaimLost);
      await queue.tasks.resume(id);
      expect(await queue.workOff(node)).toEqual([3, 5, 6, 7]);
      const pages = [];
      for await (const page of queue.checkpoints.pages(id)) pages.push(page.page);
      expect(pages).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await brokenInvariants(queue.database)).toEqual({});
    });

    it('gives the pages as they are stored, file by file in their order, failed ones among them', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 7);
      const [first, second] = [await queue.mustClaim(node), await queue.mustClaim(node)];
      await queue.checkpoints.pageFailed(first, 1, new OcrError('render_failed'), 1, never);
      await queue.checkpoints.pagesKept(first, [2, 5].map(keptPage), never);
      await queue.checkpoints.pageDone(first, pageResult(3), never);
      await queue.checkpoints.pageFailed(first, 4, new OcrError('page_timeout'), 1, never);
      await queue.checkpoints.pagesKept(second, [6, 7].map(keptPage), never);
      const told = [];
      for await (const one of queue.checkpoints.storedPages(id)) {
        const pages = isFailedPage(one) ? [one] : one.pages;
        const meant = pages.map((page) => (typeof page === 'number' ? page : page.code)).join();
        told.push(
          isFailedPage(one)
            ? meant
            : `${meant} of ${parseResults(one.json)
                .map(({ page }) => page)
                .join()}`,
        );
      }
      expect(told).toEqual(['render_failed', '2 of 2,5', '3,page_timeout of 3', '5 of 2,5', '6,7 of 6,7']);
      await queue.settlement.chunkFinished(first);
      await queue.settlement.chunkFinished(second);
    });

    it('may be repeated without harm, and is refused where it is impossible', async () => {
      const id = await queue.submit();
      await queue.tasks.pause(id);
      await queue.tasks.pause(id);
      await queue.tasks.resume(id);
      await queue.tasks.resume(id);
      await queue.tasks.cancel(id);
      await queue.tasks.cancel(id);
      await expect(queue.tasks.pause(id)).rejects.toEqual(CODE('invalid_transition'));
      await expect(queue.tasks.resume(id)).rejects.toEqual(CODE('invalid_transition'));
      await expect(queue.tasks.retry(id)).rejects.toEqual(CODE('invalid_transition'));
      await expect(queue.tasks.cancel('00000000-0000-7000-8000-000000000000')).rejects.toEqual(CODE('task_not_found'));
      expect(await queue.eventsOf(id)).toEqual(['task.queued', 'task.paused', 'task.resumed', 'task.cancelled']);
    });

    it('survives many at the same time: one winner for each change, one event each', async () => {
      const id = await queue.submit({ options: { chunk_size: 1 } });
      await queue.prepare(node, 20);
      const work = async () => {
        const claim = await queue.claim(node);
        if (claim?.kind !== 'chunk') return;
        await queue.readPages(claim);
        await queue.settlement.chunkFinished(claim);
      };
      const harmless = (error: unknown) => expect(error).toBeInstanceOf(ClaimLost);
      await Promise.all([
        ...Array.from({ length: 15 }, () => work().catch(harmless)),
        ...Array.from({ length: 5 }, () => queue.tasks.pause(id)),
        ...Array.from({ length: 5 }, () => queue.tasks.resume(id)),
      ]);
      await queue.tasks.resume(id);
      const orphans = (await queue.queries.jobs(id)).filter((job) => job.state === 'running');
      expect(orphans).toHaveLength(0);
      await queue.workOff(node);
      expect((await queue.queries.get(id)).progress).toMatchObject({ status: 'completed', pages_done: 20 });
    });
  });

  describe('failures', () => {
    it('tries a retryable error again, then fails the pages and completes with errors', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 7);
      for (let attempt = 1; attempt <= 3; attempt++) {
        const claim = await queue.mustClaim(node);
        expect(claim).toMatchObject({ firstPage: 1, attempt });
        await queue.settlement.failed(claim, new OcrError('engine_crashed'));
      }
      expect(await queue.workOff(node)).toEqual([6, 7]);
      expect(await queue.statusOf(id)).toBe('completed_with_errors');
      const failed = await queue.queries.failedPages(id);
      expect(failed.map(({ page, code }) => [page, code])).toEqual([1, 2, 3, 4, 5].map((page) => [page, 'engine_crashed']));
    });

    it('reads only the failed pages again on retry, and merges anew', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 7);
      const claim = await queue.mustClaim(node);
      for (const page of [1, 2, 4, 5]) {
        await queue.checkpoints.pageDone(claim, pageResult(page), never);
      }
      await queue.checkpoints.pageFailed(claim, 3, new OcrError('render_failed'), 5, never);
      await queue.settlement.chunkFinished(claim);
      await queue.workOff(node);
      expect(await queue.statusOf(id)).toBe('completed_with_errors');
      await queue.tasks.retry(id);
      await queue.tasks.retry(id);
      expect(await queue.workOff(node)).toEqual([3]);
      const { task, progress } = await queue.queries.get(id);
      expect(task).toMatchObject({ status: 'completed', run: 2 });
      expect(progress).toMatchObject({ pages_done: 7, pages_failed: 0 });
      expect(await queue.queries.failedPages(id)).toEqual([]);
    });

    it('fails the task with its preparation, and takes it up again on retry', async () => {
      const id = await queue.submit();
      await queue.settlement.failed(await queue.mustClaim(node), new OcrError('password_required'));
      expect((await queue.queries.get(id)).task).toMatchObject({
        status: 'failed',
        error: { code: 'password_required', phase: 'input' },
      });
      await queue.tasks.retry(id);
      await queue.workOff(node);
      expect(await queue.statusOf(id)).toBe('completed');
    });

    it('fails a task without one good page', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 2);
      await queue.settlement.failed(await queue.mustClaim(node), new OcrError('render_failed'));
      expect((await queue.queries.get(id)).task).toMatchObject({ status: 'failed', error: { code: 'render_failed' } });
    });

    it('logs each page that failed for good and how the task ended, each once, with their codes', async () => {
      const logged = () => queue.taskLog.splice(0);
      const page = (number: number, code: string) => ({ level: 40, page: number, code, provider: 'tesseract' });
      const unopened = await queue.submit();
      await queue.settlement.failed(await queue.mustClaim(node), new OcrError('damaged_document'));
      expect(logged()).toEqual([
        expect.objectContaining({ level: 40, task_id: unopened, status: 'failed', code: 'damaged_document' }),
      ]);

      const failed = await queue.submit();
      await queue.prepare(node, 3);
      const chunk = await queue.mustClaim(node);
      await queue.checkpoints.pageFailed(chunk, 1, new OcrError('page_too_large', { page: 1 }), 0, never);
      await queue.settlement.failed(chunk, new OcrError('engine_failed', { retryable: false }));
      await queue.ends.lookAgain();
      const lines = logged();
      expect(lines).toMatchObject([
        page(1, 'page_too_large'),
        page(2, 'engine_failed'),
        page(3, 'engine_failed'),
        { level: 40, status: 'failed', code: 'page_too_large', page: 1 },
      ]);
      for (const line of lines) expect(line.task_id).toBe(failed);

      await queue.submit();
      await queue.prepare(node, 2);
      const half = await queue.mustClaim(node);
      await queue.checkpoints.pageFailed(half, 2, new OcrError('render_failed', { page: 2 }), 0, never);
      await queue.readPages(half);
      await queue.settlement.chunkFinished(half);
      await queue.settlement.merged(await queue.mustClaim(node), {});
      expect(logged()).toMatchObject([page(2, 'render_failed'), { level: 40, status: 'completed_with_errors', failed_pages: 1 }]);
    });

    it('fails a task that is paused in the moment its last chunk has failed', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 2);
      const claim = await queue.mustClaim(node);
      let failing: Promise<unknown> | undefined;
      await queue.database.transaction(async (tx) => {
        // The look after the end needs the task's lock: whoever pauses has it first.
        await tx.query('SELECT FROM ocr_tasks WHERE id = $1 FOR NO KEY UPDATE', [id]);
        failing = queue.settlement.failed(claim, new OcrError('render_failed'));
        await until(
          () => queue.queries.jobs(id),
          (found) => found.some((job) => job.state === 'failed'),
        );
        await tx.query(`UPDATE ocr_tasks SET status = 'paused' WHERE id = $1`, [id]);
      });
      await failing;
      expect((await queue.queries.get(id)).task).toMatchObject({ status: 'failed', error: { code: 'render_failed' } });
    });

    it('keeps no place for a task that only waits for a backoff', async () => {
      const waiting = await queue.submit();
      const claim = await queue.mustClaim(node);
      await queue.settlement.failed(claim, new OcrError('url_fetch_failed', { retryAfter: 3600 }));
      const [second, third] = [await queue.submit({ name: 'second' }), await queue.submit({ name: 'third' })];
      expect([(await queue.mustClaim(node)).task.id, (await queue.mustClaim(node)).task.id]).toEqual([second, third]);
      expect(await queue.statusOf(waiting)).toBe('running');
    });

    it('keeps no place for a task whose last chunk in work ended while another waits for a backoff', async () => {
      const waiting = await queue.submit({ options: { chunk_size: 1 } });
      await queue.prepare(node, 2);
      const [failing, other] = [await queue.mustClaim(node), await queue.mustClaim(node)];
      await queue.settlement.failed(failing, new OcrError('engine_unavailable', { retryAfter: 3600 }));
      await queue.readPages(other);
      await queue.settlement.chunkFinished(other);
      const [second, third] = [await queue.submit({ name: 'second' }), await queue.submit({ name: 'third' })];
      expect([(await queue.mustClaim(node)).task.id, (await queue.mustClaim(node)).task.id]).toEqual([second, third]);
      expect(await queue.statusOf(waiting)).toBe('running');
    });
  });

  it('does not hold it against a chunk that its time was over while its pages came along', async () => {
    const id = await queue.submit({ options: { chunk_size: 10 } });
    await queue.prepare(node, 10);
    const timeout = new OcrError('chunk_timeout');
    for (const page of [1, 2, 3, 4, 5, 6]) {
      const claim = await queue.mustClaim(node);
      expect(claim.attempt).toBe(1);
      await queue.checkpoints.pageDone(claim, pageResult(page), never);
      expect(await queue.settlement.failed(claim, timeout)).toBe('retrying');
    }
    for (const outcome of ['retrying', 'retrying', 'failed']) {
      expect(await queue.settlement.failed(await queue.mustClaim(node), timeout)).toBe(outcome);
    }
    expect((await queue.queries.failedPages(id)).map(({ page }) => page)).toEqual([7, 8, 9, 10]);
  });

  describe('lost nodes', () => {
    it('have their jobs put back, without burning an attempt, and their late writes bounce off', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 3);
      const dead = await queue.node(-1);
      const claim = await queue.mustClaim(dead);
      expect(await queue.rescuer.runOnce()).toBe(1);
      await expect(queue.settlement.chunkFinished(claim)).rejects.toBeInstanceOf(ClaimLost);
      const again = await queue.mustClaim(node);
      expect(again).toMatchObject({ jobId: claim.jobId, attempt: 1 });
      await queue.readPages(again);
      await queue.settlement.chunkFinished(again);
      await queue.workOff(node);
      expect(await queue.statusOf(id)).toBe('completed');
      expect(await queue.eventsOf(id)).toContain('chunk.rescued');
    });

    it('rescues each job once, however many rescuers run', async () => {
      await queue.submit({ options: { chunk_size: 1 } });
      await queue.prepare(node, 10);
      const dead = await queue.node(-1);
      for (let taken = 0; taken < 10; taken++) await queue.mustClaim(dead);
      const counts = await Promise.all(Array.from({ length: 4 }, () => queue.rescuer.runOnce()));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    });

    it('count a page right that they write while their chunk is split', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 4);
      const dead = await queue.node(-1);
      await queue.mustClaim(dead);
      await queue.rescuer.runOnce();
      const claim = await queue.mustClaim(await queue.node(-1));
      let rescuing: Promise<unknown> | undefined;
      await queue.database.transaction(async (tx) => {
        const page = ['failed', null, null, null, null, 0, 1, claim.attempt, new OcrError('render_failed').toStored()];
        await tx.query(checkpointPage, [claim.jobId, claim.token, 2, ...page]);
        rescuing = queue.settlement.rescued(claim, claim.stalls);
        await waitingForLock();
      });
      await rescuing;
      expect(await brokenInvariants(queue.database)).toEqual({});
      expect(await queue.workOff(node)).toEqual([1, 3, 4]);
      expect(await queue.statusOf(id)).toBe('completed_with_errors');
    });

    it('are cleared away though one of them was stopped while it settled a job', async () => {
      await queue.submit({ options: { chunk_size: 1 } });
      await queue.prepare(node, 3);
      const dead = await queue.node(-1);
      const claims = [await queue.mustClaim(dead), await queue.mustClaim(dead), await queue.mustClaim(dead)];
      await queue.database.transaction(async (tx) => {
        await tx.query('SELECT FROM ocr_jobs WHERE id = $1 FOR UPDATE', [claims[0]!.jobId]);
        expect(await queue.rescuer.runOnce()).toBe(2);
      });
      expect(await queue.rescuer.runOnce()).toBe(1);
    });

    it('are cleared away though one of their jobs cannot be put back', async () => {
      await queue.submit({ options: { chunk_size: 1 } });
      await queue.prepare(node, 3);
      const dead = await queue.node(-1);
      for (let taken = 0; taken < 3; taken++) await queue.mustClaim(dead);
      vi.spyOn(queue.settlement, 'rescued').mockRejectedValueOnce(new Error('lock timeout'));
      await expect(queue.rescuer.runOnce()).rejects.toThrow('lock timeout');
      const { rows } = await queue.database.query<{ left: number }>(
        `SELECT count(*)::int AS left FROM ocr_jobs WHERE state = 'running'`,
      );
      expect(rows[0]!.left).toBe(1);
    });

    it('leave no task without its merge, whatever state it is in', async () => {
      const ids: string[] = [];
      await queue.live.change({ max_concurrent_tasks: 5 });
      for (const status of ['running', 'queued', 'paused']) {
        const id = await queue.submit();
        const claim = await queue.prepare(node, 1);
        expect(claim.task.id).toBe(id);
        const chunk = await queue.mustClaim(node);
        await queue.readPages(chunk);
        // Its node ended the chunk, and died before the look after it.
        await queue.database.query(`UPDATE ocr_jobs SET state = 'done', claim_token = NULL WHERE id = $1`, [chunk.jobId]);
        await queue.database.query('UPDATE ocr_tasks SET status = $2 WHERE id = $1', [id, status]);
        ids.push(id);
      }
      for (let look = 0; look < 2; look++) await queue.rescuer.runOnce();
      const { rows } = await queue.database.query<{ id: string }>(
        `SELECT task_id AS id FROM ocr_jobs WHERE kind = 'merge' ORDER BY 1`,
      );
      expect(rows.map(({ id }) => id)).toEqual(ids);
    });

    it('isolates a page that takes nodes down, and delivers the rest', async () => {
      const id = await queue.submit();
      await queue.prepare(node, 5);
      const poisoned = 3;
      for (let claim = await queue.claim(node); claim !== undefined; claim = await queue.claim(node)) {
        if (claim.kind === 'merge') await queue.settlement.merged(claim, {});
        else if (claim.firstPage! <= poisoned && poisoned <= claim.lastPage!) {
          await queue.database.query('UPDATE ocr_nodes SET lease_until = now() - make_interval(secs => 1) WHERE id = $1', [node]);
          await queue.rescuer.runOnce();
          node = await queue.node();
        } else {
          await queue.readPages(claim);
          await queue.settlement.chunkFinished(claim);
        }
      }
      expect(await queue.statusOf(id)).toBe('completed_with_errors');
      expect(await queue.queries.failedPages(id)).toEqual([expect.objectContaining({ page: poisoned, code: 'job_stalled' })]);
    });
  });

  describe('submission', () => {
    it('gives one task for one idempotency key, also for many at once', async () => {
      const submit = (request: unknown) => queue.submit({ idempotency: { key: 'k', request } });
      const ids = await Promise.all(Array.from({ length: 8 }, () => submit({ a: 1 })));
      expect(new Set(ids).size).toBe(1);
      await expect(submit({ a: 2 })).rejects.toEqual(CODE('idempotency_key_reused'));
    });

    it('gives one batch for one idempotency key as long as any task of it is there', async () => {
      const idempotency = { key: 'batch', request: ['the same'] };
      const submit = () => queue.queue.submitBatch({ submissions: [queue.submission(), queue.submission()], idempotency });
      const { created: _, ...batch } = await submit();
      const [first, second] = batch.taskIds as [string, string];
      await queue.tasks.cancel(first);
      await queue.tasks.delete(first);
      await queue.sweeper.runOnce();
      expect(await submit()).toEqual({ ...batch, created: false });
      expect(await queue.queue.findBatchByIdempotencyKey('batch', idempotency.request)).toEqual(batch);
      await queue.tasks.cancel(second);
      await queue.tasks.delete(second);
      const anew = await submit();
      expect(anew).toMatchObject({ created: true, batchId: expect.not.stringMatching(batch.batchId) });
      for (const id of anew.taskIds) {
        await queue.tasks.cancel(id);
        await queue.tasks.delete(id);
      }
      await queue.sweeper.runOnce();
      expect((await queue.database.query('SELECT FROM ocr_idempotency_keys')).rowCount, 'keys of nothing').toBe(0);
    });

    it('refuses when the queue is full', async () => {
      await queue.close();
      queue = await QueueHarness.start({ max_queued_tasks: 1 });
      const id = await queue.submit();
      await expect(queue.submit()).rejects.toEqual(expect.objectContaining({ code: 'queue_full', retryAfter: 30 }));
      await queue.tasks.cancel(id);
      await queue.submit();
    });
  });

  describe('retention', () => {
    it('removes finished tasks past their time, rows and files, and no others', async () => {
      const [old, fresh, running] = [await queue.submit(), await queue.submit(), await queue.submit()];
      for (const id of [old, fresh]) await queue.tasks.cancel(id);
      await queue.store.put(`tasks/${old}/source/original`, Buffer.from('x'));
      await queue.database.query(`UPDATE ocr_tasks SET finished_at = now() - interval '25 hours' WHERE id = $1`, [old]);
      await queue.database.query(`UPDATE ocr_tasks SET created_at = now() - interval '25 hours' WHERE id = $1`, [running]);
      expect(await queue.sweeper.runOnce()).toBe(1);
      await expect(queue.queries.get(old)).rejects.toEqual(CODE('task_not_found'));
      expect(await queue.store.stat(`tasks/${old}/source/original`)).toBeNull();
      expect(await queue.statusOf(fresh)).toBe('cancelled');
      expect(await queue.statusOf(running)).toBe('queued');
    });

    it('deletes once more what a lost node wrote after the deletion', async () => {
      const id = await queue.submit();
      await queue.tasks.cancel(id);
      await queue.tasks.delete(id);
      await queue.store.put(`tasks/${id}/pages/000001.x.json`, Buffer.from('late'));
      await queue.database.query(`UPDATE ocr_trash SET created_at = now() - interval '6 minutes'`);
      await queue.sweeper.runOnce();
      expect(await queue.store.stat(`tasks/${id}/pages/000001.x.json`)).toBeNull();
    });
  });

  it('lists by filter, in every order, page by page, missing none', async () => {
    for (let n = 0; n < 7; n++)
      await queue.submit({ name: `scan ${n % 3}.pdf`, priority: n % 2 ? 'HIGH' : 'LOW', metadata: { n: n % 2 } });
    for (const sort of ['created_at', 'updated_at', 'finished_at', 'name', 'priority', 'status'] as const) {
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await queue.queries.list({}, { sort, descending: true, limit: 2, cursor: cursor ?? undefined });
        seen.push(...page.tasks.map(({ task }) => task.id));
        cursor = page.next_cursor;
      }
      expect(new Set(seen).size).toBe(7);
      expect(seen).toHaveLength(7);
    }
    expect(await queue.queries.count({ metadata: { n: 1 } })).toBe(3);
    expect(await queue.queries.count({ text: 'SCAN 1', priority: ['HIGH'] })).toBe(1);
    expect(await queue.queries.count({ text: '%' })).toBe(0);
  });
});
