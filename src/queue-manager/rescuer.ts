import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Logs } from '../logging/logs.js';
import { ChunkEnds } from '../task-manager/chunk-ends.js';
import { toClaim, type ClaimRow } from '../task-manager/claim-row.js';
import { ClaimLost } from '../task-manager/fence.js';
import { Settlement } from '../task-manager/settlement.js';
import { giveBackJob } from '../task-manager/sql/jobs.sql.js';
import { WorkObserver } from '../task-manager/work-observer.js';
import { stalledJobs } from './sql/held-jobs.sql.js';
import { removeLostNodes } from './sql/nodes.sql.js';

const BATCH = 100;

/**
 * Puts the jobs of lost nodes back, and brings the merge of tasks whose node was lost between the end of their last chunk and the look
 * after it. Safe to run on every node at once: each job is fenced by the token it was lost with.
 */
@Injectable()
export class Rescuer {
  constructor(
    private readonly database: Database,
    private readonly settlement: Settlement,
    private readonly ends: ChunkEnds,
    private readonly observer: WorkObserver,
    private readonly logs: Logs,
  ) {}

  /**
   * What cannot be done for one job keeps nothing of the rest waiting, and is thrown at the end.
   * @returns how many jobs were put back or given up
   */
  async runOnce(): Promise<number> {
    const errors: unknown[] = [];
    const rescued = await this.rescueAll(errors);
    if (rescued > 0) this.observer.rescues.next(rescued);
    for (const work of [() => this.ends.mergeForgotten(), () => this.database.query(removeLostNodes)]) {
      await work().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
    return rescued;
  }

  private async rescueAll(errors: unknown[]): Promise<number> {
    for (let rescued = 0; ;) {
      const { rows } = await this.database.query<ClaimRow>(stalledJobs, [BATCH]);
      for (const row of rows) {
        if (await this.rescue(row).catch((error: unknown) => void errors.push(error))) rescued++;
      }
      // The same would come again of those that failed.
      if (rows.length < BATCH || errors.length > 0) return rescued;
    }
  }

  private async rescue(row: ClaimRow): Promise<boolean> {
    const claim = toClaim(row);
    try {
      await this.settlement.rescued(claim, row.stalls);
    } catch (error) {
      if (!(error instanceof ClaimLost)) throw error;
      // Another node was faster, or the task is no longer worked on: then the claim just ends.
      await this.database.query(giveBackJob, [claim.jobId, claim.token]);
      return false;
    }
    const facts = { task_id: row.task_id, job_id: row.job_id, kind: row.kind, node_id: row.node_id, stalls: row.stalls + 1 };
    this.logs.queue.warn(facts, 'rescued a job of a lost node');
    return true;
  }
}
