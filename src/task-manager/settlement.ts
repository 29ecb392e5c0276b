import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Database, type Queryable } from '../database/database.js';
import { Notifier } from '../database/notifier.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import { CHANNELS } from './channels.js';
import type { Claim, ClaimWish } from './claim.js';
import { toClaim, type ClaimRow } from './claim-row.js';
import { valuesOf } from './claim-next.js';
import { ChunkEnds } from './chunk-ends.js';
import { ClaimLost, fenced } from './fence.js';
import { logFailedPage, logFaultyEnd } from './failure-log.js';
import { chunkLength, cutIntoChunks, selectPages } from './page-ranges.js';
import { backoffSeconds } from './retry-policy.js';
import { finishChunk, finishChunkAndClaim } from './sql/claim.sql.js';
import { insertEvent } from './sql/events.sql.js';
import * as jobs from './sql/jobs.sql.js';
import * as pages from './sql/pages.sql.js';
import * as tasks from './sql/tasks.sql.js';
import { changeAndTell, countPages, failTask } from './task-changes.js';
import { tellOfTask, type ToldTask } from './tell-of-task.js';
import { sourcesOf } from './transitions.js';
import type { EventType, Format, TaskResult } from './task.types.js';

/** What a chunk's end gives: whether more chunks of its task wait, and the next claim when one was wished for and found. */
type EndRow = ClaimRow & { more: boolean };

/** What a prepared document is cut by. */
export interface PreparedDocument {
  documentKey: string;
  pageCount: number;
  /** Whether it carries its text, by a sample of its pages. Absent: no. */
  carriesText?: boolean;
}

/**
 * Ends claims. Each method is one transaction, fenced by the claim token, with the event, the counters and the job that
 * follows; a claim that no longer stands throws {@link ClaimLost} and changes nothing.
 */
@Injectable()
export class Settlement {
  constructor(
    private readonly database: Database,
    private readonly notifier: Notifier,
    private readonly logs: Logs,
    private readonly ends: ChunkEnds,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** A document is in the store and opens: cut it into chunks. @throws OcrError page_out_of_range */
  async prepared(claim: Claim, document: PreparedDocument): Promise<void> {
    const selected = selectPages(claim.task.options.pages, document.pageCount);
    const length = chunkLength(claim.task.options, selected.length, document.carriesText === true);
    const chunks = cutIntoChunks(selected, length);
    await changeAndTell(this.database, this.notifier, async (tx) => {
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
    // While more of the task waits, the end of one chunk gives nobody anything to take.
    if (!row.more) this.notifier.notify(CHANNELS.jobs);
    await this.ends.ended(claim.task.id, !row.more);
    return row.job_id == null ? undefined : toClaim(row);
  }

  /**
   * The results are verified and where they belong: the task is done.
   * @param fault why one of the formats asked for could not be made of this document, or what is wrong with a page in it
   */
  async merged(claim: Claim, results: Partial<Record<Format, TaskResult>>, fault?: OcrError): Promise<void> {
    const end = await changeAndTell(this.database, this.notifier, async (tx) => {
      await fenced(tx.query(jobs.finishJob, [claim.jobId, claim.token]));
      const { failed } = await countPages(tx, claim.task.id);
      const isWhole = failed === 0 && fault === undefined;
      const action = isWhole ? 'complete' : 'complete_with_errors';
      const status: 'completed' | 'completed_with_errors' = isWhole ? 'completed' : 'completed_with_errors';
      const error = fault?.toStored() ?? null;
      const ended = [claim.task.id, status, results, sourcesOf(action), error];
      const { rows } = await fenced(tx.query<ToldTask>(tasks.completeTask, ended));
      await record(tx, claim, 'completed');
      const facts = { status, failed_pages: failed, ...(error ? { error } : {}) };
      await tellOfTask(tx, { ...rows[0]!, id: claim.task.id }, `task.${status}`, facts);
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
    if (retrying) await changeAndTell(this.database, this.notifier, (tx) => this.backOff(tx, claim, error, wait));
    else await this.giveUp(claim, error);
    return retrying ? 'retrying' : 'failed';
  }

  /** An attempt met something that is not the task's fault and will pass: the job waits `wait` seconds, and the attempt does not count. */
  async postponed(claim: Claim, error: OcrError, wait: number): Promise<void> {
    await changeAndTell(this.database, this.notifier, (tx) => this.backOff(tx, claim, error, wait, 1));
  }

  /** Work was stopped without anybody's fault (shutdown): the job waits again and the attempt does not count. */
  async givenBack(claim: Claim): Promise<void> {
    await changeAndTell(this.database, this.notifier, (tx) => fenced(tx.query(jobs.giveBackJob, [claim.jobId, claim.token])));
  }

  /**
   * The node of a claim was lost. The job waits again, its attempt given back, its stalls counted; a chunk lost more than
   * once is split into single pages, so that a page which takes nodes down stands alone; over `max_stalls` it has failed.
   */
  async rescued(claim: Claim, stalls: number): Promise<void> {
    if (stalls >= this.settings.max_stalls) return this.giveUp(claim, new OcrError('job_stalled'));
    await changeAndTell(this.database, this.notifier, async (tx) => {
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
    const lost = await changeAndTell(this.database, this.notifier, async (tx) => {
      await fenced(tx.query(jobs.failJob, [claim.jobId, claim.token, stored]));
      await record(tx, claim, 'failed', { error: stored });
      if (!isChunk) {
        await failTask(tx, claim.task.id, stored);
        return [];
      }
      const missing = await this.missingPages(tx, claim);
      await tx.query(pages.failPages, [claim.jobId, claim.task.id, missing, stored, claim.attempt]);
      return missing;
    });
    if (!isChunk) return logFaultyEnd(this.logs.tasks, claim.task.id, 'failed', stored);
    for (const page of lost) logFailedPage(this.logs.tasks, claim, page, error);
    await this.ends.ended(claim.task.id, true);
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
