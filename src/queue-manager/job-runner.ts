import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { OcrError } from '../errors/ocr-error.js';
import { Logs } from '../logging/logs.js';
import type { Claim } from '../task-manager/claim.js';
import { Circuits } from '../task-manager/circuits.js';
import { LiveSettings } from '../task-manager/live-settings.js';
import { ClaimLost, claimFacts, Settlement } from '../task-manager/settlement.js';
import { giveBackJob } from '../task-manager/sql/jobs.sql.js';
import { WorkObserver, type JobWork } from '../task-manager/work-observer.js';
import { ChunkJob } from './jobs/chunk.job.js';
import { MergeJob } from './jobs/merge.job.js';
import { PrepareJob } from './jobs/prepare.job.js';
import { settleWhenPossible } from './jobs/settle-when-possible.js';
import type { PageSlots } from './page-slots.js';
import { WorkStopped } from './stop-reasons.js';

/** What an unexpected error of each kind of job counts as. */
const FALLBACK = { prepare: 'internal_error', chunk: 'engine_failed', merge: 'merge_failed' } as const;

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
  ) {}

  /** Never rejects for what the job did: every outcome is settled, logged and told. */
  async run(claim: Claim, slots: PageSlots, stop: AbortSignal): Promise<void> {
    const started = performance.now();
    const facts = { task_id: claim.task.id, kind: claim.kind, ...claimFacts(claim) };
    this.logs.tasks.debug(facts, `${claim.kind} started`);
    const { outcome, error } = await this.attempt(claim, slots, stop);
    const duration_ms = Math.round(performance.now() - started);
    this.observer.jobs.next({ kind: claim.kind, outcome, duration_ms, code: error?.code });
    if (error === undefined) this.logs.tasks.info({ ...facts, outcome, duration_ms }, `${claim.kind} ${outcome}`);
    else this.logs.tasks.warn({ ...facts, outcome, duration_ms, code: error.code, err: error }, `${claim.kind} ${outcome}`);
  }

  /** Gives back a claim nobody works on. */
  async giveBack(claim: { jobId: number; token: string }): Promise<void> {
    await this.database.query(giveBackJob, [claim.jobId, claim.token]);
  }

  private async attempt(
    claim: Claim,
    slots: PageSlots,
    stop: AbortSignal,
  ): Promise<{ outcome: JobWork['outcome']; error?: OcrError }> {
    const clock = new AbortController();
    const limit = this.live.value('chunk_timeout');
    const timeout = new OcrError('chunk_timeout', { detail: `The ${claim.kind} took longer than ${limit} s.` });
    const timer = setTimeout(() => clock.abort(timeout), limit * 1000);
    try {
      await this.process(claim, slots, AbortSignal.any([stop, clock.signal]));
      return { outcome: 'done' };
    } catch (thrown) {
      return await this.settleFailure(claim, thrown, stop, clock.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** True for a task that the open circuit of its provider holds: no other provider may stand in. */
  private isHeld({ task: { options } }: Claim): boolean {
    return this.circuits.isOpen(options.ocr_provider) && (options.provider_fallback ?? []).length === 0;
  }

  private process(claim: Claim, slots: PageSlots, signal: AbortSignal): Promise<void> {
    if (claim.kind === 'prepare') return this.prepareJob.process(claim, signal);
    return claim.kind === 'chunk' ? this.chunkJob.process(claim, slots, signal) : this.mergeJob.process(claim, signal);
  }

  private async settleFailure(
    claim: Claim,
    thrown: unknown,
    stop: AbortSignal,
    clock: AbortSignal,
  ): Promise<{ outcome: JobWork['outcome']; error?: OcrError }> {
    try {
      if (stop.aborted && stop.reason instanceof WorkStopped) {
        if (stop.reason.why === 'lost') return { outcome: 'lost' };
        await this.settlement.givenBack(claim);
        return { outcome: 'given_back' };
      }
      if (thrown instanceof ClaimLost) return { outcome: 'lost' };
      const error = clock.aborted ? (clock.reason as OcrError) : OcrError.from(thrown, FALLBACK[claim.kind]);
      if (error.code === 'engine_unavailable' && this.isHeld(claim)) {
        // The provider is down for everybody: this attempt does not count.
        await this.settlement.givenBack(claim);
        return { outcome: 'given_back', error };
      }
      let outcome: JobWork['outcome'] = 'failed';
      await settleWhenPossible(stop, async () => {
        outcome = await this.settlement.failed(claim, error);
      });
      return { outcome, error };
    } catch (second) {
      if (second instanceof ClaimLost || stop.aborted) return { outcome: 'lost' };
      throw second;
    }
  }
}
