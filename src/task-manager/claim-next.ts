import { randomUUID } from 'node:crypto';
import type { Queryable } from '../database/database.js';
import type { Claim, ClaimWish } from './claim.js';
import { toClaim, type ClaimRow } from './claim-row.js';
import { claimJob } from './sql/claim.sql.js';

/** Takes the next job of the queue for a node, if there is one for it. @throws OcrError service_unavailable */
export async function claimNext(database: Queryable, wish: ClaimWish): Promise<Claim | undefined> {
  const { rows } = await database.query<ClaimRow>(claimJob, valuesOf(wish));
  return rows[0] === undefined ? undefined : toClaim(rows[0]);
}

/** The parameters every claiming statement begins with, with a token of its own. */
export function valuesOf({ nodeId, kinds, maxConcurrentTasks, behind, suspects }: ClaimWish): unknown[] {
  const place = [behind?.taskId ?? null, behind?.position ?? null];
  return [nodeId, randomUUID(), kinds, maxConcurrentTasks, ...place, suspects ?? null];
}

/** The last parameters of a statement that makes a task and may claim its preparation: nulls where nobody wishes for it. */
export function directValuesOf(wish: ClaimWish | undefined): unknown[] {
  return wish === undefined ? [null, null, null] : [wish.nodeId, randomUUID(), wish.maxConcurrentTasks];
}
