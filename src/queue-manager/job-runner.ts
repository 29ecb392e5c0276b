import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import type { Claim, ClaimWish } from '../task-manager/claim.js';
import { Circuits } from '../task-manager/circuits.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { taskPrefix } from '../task-manager/artifact-keys.js';
import { ClaimLost } from '../task-manager/fence.js';
import { claimFacts, Settlement } from '../task-manager/settlement.js';
import { giveBackJob } from '../task-manager/sql/jobs.sql.js';
import { WorkObserver, type JobWork } from '../task-manager/work-observer.js';
import { ChunkJob } from './jobs/chunk.job.js';
import { MergeJob } from './jobs/merge.job.js';
import { PrepareJob } from './jobs/prepare.job.js';
import { settleWhenPossible } from './jobs/settle-when-possible.js';
import type { AnnouncedPages } from './page-slots.js';
import { roomWait } from './room-wait.js';
import { StoreRoom } from './store-room.js';
import { WorkStopped } from './stop-reasons.js';
import { trashOfLostTasks } from './sql/leftovers.sql.js';

interface Outcome {
  outcome: JobWork['outcome'];
  error?: OcrError;
  next?: Claim;
}

/** What an unexpected error of each kind of job counts as. */
const FALLBACK = { prepare: 'internal_error', chunk: 'engine_failed', merge: 'merge_failed' } as const;

/** Most seconds until a job is tried again whose providers are all down. */
const DOWN_WAIT = 15;

const jittered = (seconds: number) => seconds * (0.5 + Math.random() / 2);

/** What a job works with on its node. */
export interface JobSurroundings {
  /** Where the pages of a chunk are read. */
  places: AnnouncedPages;
  /** Aborts to stop the work, with a {@link WorkStopped}. */
  stop: AbortSignal;
  /** What the node would take next, asked when a chunk ends. */
  wish: () => ClaimWish | undefined;
}

/** Runs one claimed job to its settlement, whatever happens on the way. */
@Injectable()
export class JobRunner {
  constructor(
    private readonly database: Database,
    private readonly settlement: Settlement,
    private readonly observer: WorkObserver,
    private readonly logs: Logs,
    private readonly prepareJob: PrepareJob,
    private readonly chunkJob: ChunkJob,
    private readonly mergeJob: MergeJob,
    private readonly live: LiveSettings,
    private readonly circuits: Circuits,
    private readonly room: StoreRoom,
  ) {}

  /** False while a job's work could not be kept: nothing is to be claimed then. */
  get canKeepWork(): boolean {
    return !this.room.isShut;
  }

  /** Seconds an attempt that begins now may take. */
  get attemptSeconds(): number {
    return this.live.value('chunk_timeout');
  }

  /** Places for pages a chunk's work will ask for, as far as it can be told before it begins. */
  placesFor(chunk: Claim): number {
    return this.chunkJob.placesFor(chunk);
  }

  /**
   * Never rejects for what the job did: every outcome is settled, logged and told.
   * @returns the next claim, when it came with the end of this one
   */
  async run(claim: Claim, around: JobSurroundings): Promise<Claim | undefined> {
    const started = performance.now();
    const facts = { task_id: claim.task.id, kind: claim.kind, ...claimFacts(claim) };
    this.logs.tasks.debug(facts, `${claim.kind} started`);
    const { outcome, error, next } = await this.attempt(claim, around);
    if (outcome === 'lost') this.leaveFilesOfLostTask(claim.task.id);
    const duration_ms = Math.round(performance.now() - started);
    this.observer.jobs.next({ kind: claim.kind, outcome, duration_ms, code: error?.code });
    if (error === undefined) this.logs.tasks.info({ ...facts, outcome, duration_ms }, `${claim.kind} ${outcome}`);
    else this.logs.tasks.warn({ ...facts, outcome, duration_ms, code: error.code, err: error }, `${claim.kind} ${outcome}`);
    return next;
  }

  /** Gives back a claim nobody works on. */
  async giveBack(claim: { jobId: number; token: string }): Promise<void> {
    await this.database.query(giveBackJob, [claim.jobId, claim.token]);
  }

  private async attempt(claim: Claim, around: JobSurroundings): Promise<Outcome> {
    const clock = new AbortController();
    const limit = this.attemptSeconds;
    const timeout = new OcrError('chunk_timeout', { detail: `The ${claim.kind} took longer than ${limit} s.` });
    const timer = setTimeout(() => clock.abort(timeout), limit * 1000);
    try {
      const next = await this.process(claim, around, AbortSignal.any([around.stop, clock.signal]));
      return { outcome: 'done', next };
    } catch (thrown) {
      return await this.settleFailure(claim, thrown, around.stop, clock.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private leaveFilesOfLostTask(taskId: string): void {
    // Where it cannot be told, the look through the store finds them.
    this.database.query(trashOfLostTasks, [[taskPrefix(taskId)], [taskId]]).catch(() => {});
  }

  /** Whether every provider that may read the task's pages is down. */
  private async hasNoProvider({ task: { options } }: Claim): Promise<boolean> {
    for (const provider of [options.ocr_provider, ...(options.provider_fallback ?? [])]) {
      if (!(await this.circuits.isDown(provider))) return false;
    }
    return true;
  }

  private async process(claim: Claim, { places, wish }: JobSurroundings, signal: AbortSignal): Promise<Claim | undefined> {
    if (claim.kind === 'chunk') return this.chunkJob.process(claim, places, signal, wish);
    await (claim.kind === 'prepare' ? this.prepareJob : this.mergeJob).process(claim, signal);
    return undefined;
  }

  private async settleFailure(claim: Claim, thrown: unknown, stop: AbortSignal, clock: AbortSignal): Promise<Outcome> {
    try {
      if (stop.aborted && stop.reason instanceof WorkStopped) {
        if (stop.reason.why === 'lost') return { outcome: 'lost' };
        await this.settlement.givenBack(claim);
        return { outcome: 'given_back' };
      }
      if (thrown instanceof ClaimLost) return { outcome: 'lost' };
      const error = clock.aborted ? (clock.reason as OcrError) : OcrError.from(thrown, FALLBACK[claim.kind]);
      if (error.code === 'engine_unavailable' && (await this.hasNoProvider(claim))) {
        // Down for everybody: this attempt does not count. It waits although most such tasks are held, since this one need not be yet.
        await settleWhenPossible(stop, () => this.settlement.postponed(claim, error, jittered(DOWN_WAIT)));
        return { outcome: 'given_back', error };
      }
      // No room at a caller's place is nobody else's business: the node works on.
      if (error.code === 'output_full' || (await this.room.refused(error, !(thrown instanceof OcrError)))) {
        // Where the store is the reason, every job would fail so: if attempts counted, all that waits would be lost in moments.
        const postpone = async () => this.settlement.postponed(claim, error, await roomWait(this.database, claim, error));
        await settleWhenPossible(stop, postpone);
        return { outcome: 'retrying', error };
      }
      return await this.settleAttempt(claim, error, stop);
    } catch (second) {
      if (second instanceof ClaimLost || stop.aborted) return { outcome: 'lost' };
      // What the error says cannot be written down: the attempt counts all the same, or the job would go on for ever.
      const unwritten = new OcrError('internal_error', { cause: second });
      return this.settleAttempt(claim, unwritten, stop);
    }
  }

  private async settleAttempt(claim: Claim, error: OcrError, stop: AbortSignal): Promise<Outcome> {
    let outcome: JobWork['outcome'] = 'failed';
    await settleWhenPossible(stop, async () => {
      outcome = await this.settlement.failed(claim, error);
    });
    return { outcome, error };
  }
}
