import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { transactionWithUndo } from '../database/undo.js';
import { deliveredBy, noteDelivery } from './sql/deliveries.sql.js';
import { FINAL_STATUSES } from './transitions.js';

/** Whose files lie where callers asked for them: a task writes over those it has put there itself, and over no others. */
@Injectable()
export class Deliveries {
  constructor(private readonly database: Database) {}

  /**
   * Makes files the task's own, from before they are written on: an attempt after a crash knows them again.
   * @param paths absolute, links resolved
   * @param present tells which of the paths there are files at now
   * @returns false, and nothing is changed, when one of them is another's: of a task, or of whoever else put it there
   */
  take(taskId: string, paths: readonly string[], present: () => Promise<readonly string[]>): Promise<boolean> {
    return transactionWithUndo<boolean>(this.database, async (tx, undo) => {
      const before = await tx.query<{ path: string }>(deliveredBy, [taskId, paths]);
      const own = new Set(before.rows.map(({ path }) => path));
      const noted = await tx.query(noteDelivery, [taskId, paths, FINAL_STATUSES]);
      if (noted.rows.length < paths.length) return undo(false);
      // Looked at under the notes, so that nobody who is to be heeded puts one there meanwhile.
      const others = (await present()).filter((path) => !own.has(path));
      return others.length > 0 ? undo(false) : true;
    });
  }
}
