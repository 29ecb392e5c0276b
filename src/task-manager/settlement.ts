import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { OcrError, type StoredError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { CHANNELS } from './channels.js';
import type { Claim, ClaimWish } from './claim.js';
import { toClaim, type ClaimRow } from './claim-row.js';
import { valuesOf } from './claim-next.js';
import { logFailedPage, logFaultyEnd } from './failure-log.js';
import { cutIntoChunks, selectPages } from './page-ranges.js';
import { backoffSeconds } from './retry-policy.js';
import { finishChunk, finishChunkAndClaim } from './sql/claim.sql.js';
import { insertEvent } from './sql/events.sql.js';
import * as jobs from './sql/jobs.sql.js';
import * as pages from './sql/pages.sql.js';
import * as tasks from './sql/tasks.sql.js';
import { isFinal, sourcesOf } from './transitions.js';
import type { EventType, Format, TaskResult, TaskStatus } from './task.types.js';

/** Thrown when a claim no longer stands: paused, cancelled, rescued. Whoever holds it drops its work; nothing was written. */
export class ClaimLost extends Error {
  constructor() {
    super('The claim no longer stands.');
    this.name = 'ClaimLost';
  }
}

/** What a chunk's end gives: whether more chunks of its task wait, and the next claim when one was wished for and found. */
type EndRow = ClaimRow & { more: boolean };

interface UnfinishedRow {
  unfinished: boolean;
  backed_off: boolean;
}

/** Tasks that are not in work looked at each time for what was forgotten. */
const TASKS_A_LOOK = 500;
const OTHER = { queued: 'paused', paused: 'queued' } as const;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** What a prepared document is cut by. */
export interface PreparedDocument {
  documentKey: string;
  pageCount: number;
}

/**
 * Ends claims. Each method is one transaction, fenced by the claim token, with the event, the counters and the job that
 * follows; a claim that no longer stands throws {@link ClaimLost} and changes nothing.
 */
@Injectable()
export class Settlement {
  private readonly toLookAt = new Set<string>();
  /** How far tasks that are not in work have been looked at. */
  private lookedThrough: { status: keyof typeof OTHER; after: string } = { status: 'queued', after: FIRST_ID };

  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** A document is in the store and opens: cut it into chunks. @throws OcrError page_out_of_range */
  async prepared(claim: Claim, document: PreparedDocument): Promise<void> {
    const selected = selectPages(claim.task.options.pages, document.pageCount);
    const chunks = cutIntoChunks(selected, claim.task.options.chunk_size);
    await this.settle(async (tx) => {
      await fenced(tx.query(jobs.finishJob, [claim.jobId, claim.token]));
      await tx.query(tasks.setDocument, [claim.task.id, document.documentKey, document.pageCount, selected.length]);
      const column = (of: (chunk: (typeof chunks)[number]) => number) => chunks.map(of);
      const columns = [column((c) => c.first), column((c) => c.last), column((c) => c.count)];
      await tx.query(jobs.insertChunks, [claim.task.id, ...columns, 1, 0]);
      await record(tx, claim, 'completed', {
        page_count: document.pageCount,
        pages_total: selected.length,
        chunks: chunks.length,
      });
    });
  }

  /**
   * Every page of a chunk is checkpointed, done or failed. The last chunk of a task brings its merge.
   *
   * @param wish what the node would take next, in the same statement
   * @returns the claim it got, if any
   */
  async chunkFinished(claim: Claim, wish?: ClaimWish): Promise<Claim | undefined> {
    const ended = [claim.jobId, claim.token, claimFacts(claim)];
    const { rows } = await (wish === undefined
      ? this.database.query<EndRow>(finishChunk, ended)
      : this.database.query<EndRow>(finishChunkAndClaim, [...valuesOf(wish), ...ended]));
    const [row] = rows;
    if (row === undefined) throw new ClaimLost();
    this.notifier.notify(CHANNELS.events);
    this.toLookAt.add(claim.task.id);
    // While more of the task waits, the end of one chunk gives nobody anything to take.
    if (!row.more) {
      this.notifier.notify(CHANNELS.jobs);
      await this.afterChunk(claim.task.id);
    }
    return row.job_id == null ? undefined : toClaim(row);
  }

  /**
   * Looks once more at the tasks of which a chunk ended. Another one that still waited then may have been taken and ended before
   * the first one's end was committed, so that neither saw that it was the last; a chunk beside it may have gone into a backoff at the same
   * time, so that neither saw that nothing is left to do for now; or the database was lost before the look at the end itself. Costs nothing
   * while no chunk ends.
   */
  async lookAgain(): Promise<void> {
    if (this.toLookAt.size === 0) return;
    const ids = [...this.toLookAt];
    this.toLookAt.clear();
    try {
      await this.conclude(await this.database.query(jobs.withoutWork, [ids]));
    } catch (error) {
      for (const id of ids) this.toLookAt.add(id);
      throw error;
    }
  }

  /**
   * Brings the merge of unfinished tasks that have no job left: their node died between the end of a chunk and the look after it. All tasks in
   * work are looked at; of those that wait or are paused, which there may be many of, some each time.
   */
  async mergeForgotten(): Promise<void> {
    await this.conclude(await this.database.query(jobs.tasksWithoutWork, [100]));
    const { status, after } = this.lookedThrough;
    const { rows } = await this.database.query<{ id: string; forgotten: boolean }>(jobs.tasksWithoutWorkAmong, [
      status,
      after,
      TASKS_A_LOOK,
    ]);
    this.lookedThrough =
      rows.length === TASKS_A_LOOK ? { status, after: rows.at(-1)!.id } : { status: OTHER[status], after: FIRST_ID };
    await this.conclude({ rows: rows.filter(({ forgotten }) => forgotten) });
  }

  /**
   * The results are verified and where they belong: the task is done.
   * @param fault why one of the formats asked for could not be made of this document, or what is wrong with a page in it
   */
  async merged(claim: Claim, results: Partial<Record<Format, TaskResult>>, fault?: OcrError): Promise<void> {
    const end = await this.settle(async (tx) => {
      await fenced(tx.query(jobs.finishJob, [claim.jobId, claim.token]));
      const { failed } = await countPages(tx, claim.task.id);
      const isWhole = failed === 0 && fault === undefined;
      const action = isWhole ? 'complete' : 'complete_with_errors';
      const status: TaskStatus = isWhole ? 'completed' : 'completed_with_errors';
      const error = fault?.toStored() ?? null;
      await fenced(tx.query(tasks.completeTask, [claim.task.id, status, results, sourcesOf(action), error]));
      await record(tx, claim, 'completed');
      const facts = { status, failed_pages: failed, ...(error ? { error } : {}) };
      await tx.query(insertEvent, [claim.task.id, `task.${status}`, facts]);
      return { status, error, failed };
    });
    if (end.status !== 'completed') logFaultyEnd(this.logs.tasks, claim.task.id, end.status, end.error, end.failed);
  }

  /**
   * An attempt failed. A retryable error with attempts left waits and is tried again; else the job has failed: a chunk's
   * unfinished pages with it, and the task goes on; with a preparation or a merge the task fails. A chunk that ran out of time while its
   * pages came along is not at fault: it goes on with the rest, and the attempt does not count.
   */
  async failed(claim: Claim, error: OcrError): Promise<'retrying' | 'failed'> {
    if (error.code === 'chunk_timeout' && (await this.hasProgressed(claim))) {
      await this.postponed(claim, error, 0);
      return 'retrying';
    }
    const retrying = error.retryable && claim.attempt < this.settings.max_attempts;
    const wait = backoffSeconds(this.settings, claim.attempt, error.retryAfter);
    if (retrying) await this.settle((tx) => this.backOff(tx, claim, error, wait));
    else await this.giveUp(claim, error);
    return retrying ? 'retrying' : 'failed';
  }

  /** An attempt met something that is not the task's fault and will pass: the job waits `wait` seconds, and the attempt does not count. */
  async postponed(claim: Claim, error: OcrError, wait: number): Promise<void> {
    await this.settle((tx) => this.backOff(tx, claim, error, wait, 1));
  }

  /** Work was stopped without anybody's fault (shutdown): the job waits again and the attempt does not count. */
  async givenBack(claim: Claim): Promise<void> {
    await this.settle((tx) => fenced(tx.query(jobs.giveBackJob, [claim.jobId, claim.token])));
  }

  /**
   * The node of a claim was lost. The job waits again, its attempt given back, its stalls counted; a chunk lost more than
   * once is split into single pages, so that a page which takes nodes down stands alone; over `max_stalls` it has failed.
   */
  async rescued(claim: Claim, stalls: number): Promise<void> {
    if (stalls >= this.settings.max_stalls) return this.giveUp(claim, new OcrError('job_stalled'));
    await this.settle(async (tx) => {
      // Locked before it is looked what is missing: the node may live, and be writing a page at this moment.
      await fenced(tx.query(jobs.lockClaim, [claim.jobId, claim.token]));
      const missing = stalls > 0 && claim.kind === 'chunk' ? await this.missingPages(tx, claim) : [];
      if (missing.length > 1) await this.splitIntoPages(tx, claim, missing, stalls + 1);
      else await fenced(tx.query(jobs.rescueJob, [claim.jobId, claim.token]));
      await record(tx, claim, 'rescued', { stalls: stalls + 1 });
    });
  }

  private async hasProgressed(claim: Claim): Promise<boolean> {
    const { rows } = await this.database.query<{ progressed: boolean }>(pages.hasProgressed, [claim.jobId, claim.token]);
    return rows[0]?.progressed === true;
  }

  private async conclude({ rows }: { rows: readonly { id: string }[] }): Promise<void> {
    for (const { id } of rows) await this.settleChunks(id);
  }

  private async settleChunks(taskId: string): Promise<void> {
    const error = await this.settle((tx) => this.concludeChunks(tx, taskId));
    if (error !== undefined) this.logFailedTask(taskId, error);
  }

  private async settle<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const outcome = await this.database.transaction(work);
    this.announce();
    return outcome;
  }

  private logFailedTask(taskId: string, error: StoredError): void {
    logFaultyEnd(this.logs.tasks, taskId, 'failed', error);
  }

  private announce(): void {
    this.notifier.notify(CHANNELS.events);
    this.notifier.notify(CHANNELS.jobs);
  }

  private async backOff(tx: Queryable, claim: Claim, error: OcrError, wait: number, uncounted = 0): Promise<void> {
    await fenced(tx.query(jobs.backOffJob, [claim.jobId, claim.token, error.toStored(), wait, uncounted]));
    // Locked before it is looked what else there is: another one may go into a backoff at this moment.
    await tx.query(tasks.lockTask, [claim.task.id]);
    await tx.query(tasks.recomputeReadyAt, [claim.task.id]);
    await record(tx, claim, 'retrying', { error: error.toStored(), wait_seconds: Math.round(wait * 1000) / 1000 });
  }

  private async giveUp(claim: Claim, error: OcrError): Promise<void> {
    const isChunk = claim.kind === 'chunk';
    const stored = error.toStored();
    const lost = await this.settle(async (tx) => {
      await fenced(tx.query(jobs.failJob, [claim.jobId, claim.token, stored]));
      await record(tx, claim, 'failed', { error: stored });
      if (!isChunk) {
        await this.failTask(tx, claim.task.id, stored);
        return [];
      }
      const missing = await this.missingPages(tx, claim);
      await tx.query(pages.failPages, [claim.jobId, claim.task.id, missing, stored, claim.attempt]);
      return missing;
    });
    if (!isChunk) return this.logFailedTask(claim.task.id, stored);
    for (const page of lost) logFailedPage(this.logs.tasks, claim, page, error);
    this.toLookAt.add(claim.task.id);
    await this.afterChunk(claim.task.id);
  }

  /**
   * A chunk has ended, well or badly, and that is committed: of chunks that end at the same time, the last to commit sees here
   * that nothing is left.
   */
  private async afterChunk(taskId: string): Promise<void> {
    const { rows } = await this.database.query<UnfinishedRow>(jobs.unfinishedWork, [taskId]);
    if (!rows[0]!.unfinished || rows[0]!.backed_off) await this.settleChunks(taskId);
  }

  /**
   * When no chunk is left, the merge follows; a task without one good page has nothing to merge and fails.
   * @returns why it failed
   */
  private async concludeChunks(tx: Queryable, taskId: string): Promise<StoredError | undefined> {
    // Several may have seen that nothing is left: the lock lets one of them bring the merge, the others then see it.
    const { rows } = await tx.query<{ status: TaskStatus }>(tasks.lockTask, [taskId]);
    if (rows[0] === undefined || isFinal(rows[0].status)) return undefined;
    const { rows: left } = await tx.query<UnfinishedRow>(jobs.unfinishedWork, [taskId]);
    if (left[0]!.unfinished) {
      if (left[0]!.backed_off) await tx.query(tasks.recomputeReadyAt, [taskId]);
      return undefined;
    }
    const counted = await countPages(tx, taskId);
    if (counted.done === 0 && counted.failed > 0) {
      const { rows: failed } = await tx.query<{ error: StoredError }>(pages.failedPages, [taskId, 1]);
      await this.failTask(tx, taskId, failed[0]!.error);
      return failed[0]!.error;
    }
    await tx.query(jobs.insertMergeJob, [taskId]);
    await tx.query(tasks.recomputeReadyAt, [taskId]);
    return undefined;
  }

  private async failTask(tx: Queryable, taskId: string, error: StoredError): Promise<void> {
    await fenced(tx.query(tasks.failTask, [taskId, error, sourcesOf('fail')]));
    await tx.query(insertEvent, [taskId, 'task.failed', { status: 'failed', error }]);
  }

  private async splitIntoPages(tx: Queryable, claim: Claim, missing: number[], stalls: number): Promise<void> {
    await fenced(tx.query(jobs.splitChunk, [claim.jobId, claim.token, stalls]));
    const ones = missing.map(() => 1);
    await tx.query(jobs.insertChunks, [claim.task.id, missing, missing, ones, claim.position, stalls]);
  }

  /** The selected pages of a chunk that are not checkpointed. */
  private async missingPages(tx: Queryable, claim: Claim): Promise<number[]> {
    const finished = await tx.query<{ page: number }>(pages.finishedPages, [claim.task.id, claim.firstPage, claim.lastPage]);
    return pagesOf(claim, new Set(finished.rows.map((row) => row.page)));
  }
}

/** The pages a chunk claim still has to treat, given those already finished. */
export function pagesOf(claim: Claim, finished: ReadonlySet<number>): number[] {
  if (claim.kind !== 'chunk' || claim.task.pageCount === null) return [];
  return selectPages(claim.task.options.pages, claim.task.pageCount).filter(
    (page) => page >= claim.firstPage! && page <= claim.lastPage! && !finished.has(page),
  );
}

async function fenced(result: Promise<{ rowCount: number | null }>): Promise<void> {
  if ((await result).rowCount === 0) throw new ClaimLost();
}

async function record(
  tx: Queryable,
  claim: Claim,
  what: 'completed' | 'retrying' | 'failed' | 'rescued',
  data: object = {},
): Promise<void> {
  const type: EventType = `${claim.kind}.${what}`;
  await tx.query(insertEvent, [claim.task.id, type, { ...claimFacts(claim), ...data }]);
}

/** What every job event tells of its claim. */
export function claimFacts(claim: Claim): Record<string, unknown> {
  const range = claim.kind === 'chunk' ? { first_page: claim.firstPage, last_page: claim.lastPage } : {};
  return { job_id: claim.jobId, attempt: claim.attempt, node_id: claim.nodeId, ...range };
}

async function countPages(tx: Queryable, taskId: string): Promise<{ done: number; failed: number }> {
  const { rows } = await tx.query<{ done: number; failed: number }>(pages.countPages, [taskId]);
  return rows[0]!;
}
