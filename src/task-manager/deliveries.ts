import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';
import { transactionWithUndo } from '../database/undo.js';
import type { Claim } from './claim.js';
import { fenced } from './fence.js';
import { deliveredBy, noteDelivery } from './sql/deliveries.sql.js';
import { lockClaim } from './sql/jobs.sql.js';
import { FINAL_STATUSES } from './transitions.js';

/** A file about to be put somewhere: its absolute path, links resolved, and what it is known by there. */
export interface DeliveredFile {
  readonly path: string;
  readonly stamp: string;
}

/**
 * Whose files lie where callers asked for them. What a task puts there is noted before, so that an attempt after a crash knows it again;
 * by what it looks like, so that what somebody else has put in its place since is not taken for it.
 */
@Injectable()
export class Deliveries {
  constructor(private readonly database: Database) {}

  /** Those of the paths at which the task has put a file. */
  async known(claim: Claim, paths: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await notedBy(this.database, claim.task.id, paths)).map(({ path }) => path));
  }

  /**
   * Makes the paths of files the task's own, for the claim of its merge.
   * @param present tells what there is at these paths now, by path
   * @param isAskedFor the caller has named these files: whatever is there may be replaced
   * @returns false, and nothing is changed, when at one of them is or may soon be what is not the task's own
   * @throws ClaimLost
   */
  note(
    claim: Claim,
    files: readonly DeliveredFile[],
    present: () => Promise<ReadonlyMap<string, string>>,
    isAskedFor: boolean,
  ): Promise<boolean> {
    const [paths, stamps] = [files.map(({ path }) => path), files.map(({ stamp }) => stamp)];
    return transactionWithUndo<boolean>(this.database, async (tx, undo) => {
      await fenced(tx.query(lockClaim, [claim.jobId, claim.token]));
      const own = new Map((await notedBy(tx, claim.task.id, paths)).map((each) => [each.path, each.stamps]));
      const noted = await tx.query(noteDelivery, [claim.task.id, paths, stamps, FINAL_STATUSES, isAskedFor]);
      if (isAskedFor) return true;
      if (noted.rows.length < paths.length) return undo(false);
      // Looked at under the notes, so that no other task puts anything there meanwhile.
      const isOthers = ([path, stamp]: [string, string]) => own.get(path)?.includes(stamp) !== true;
      return [...(await present())].some(isOthers) ? undo(false) : true;
    });
  }
}

async function notedBy(db: Pick<Queryable, 'query'>, taskId: string, paths: readonly string[]) {
  return (await db.query<{ path: string; stamps: string[] }>(deliveredBy, [taskId, paths])).rows;
}
