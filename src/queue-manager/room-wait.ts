import type { Queryable } from '../database/database.js';
import type { OcrError } from '../errors/ocr-error.js';
import type { Claim } from '../task-manager/claim.js';
import { lastWait } from './sql/waits.sql.js';

/** Seconds of the first wait and of the longest. Each time the whole work is done anew, and fills what room there is for the others. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 300;

/** Seconds until a job is tried again whose work there was no room for: about twice as long as the last time this was so here. */
export async function roomWait(database: Queryable, claim: Claim, error: OcrError): Promise<number> {
  const { rows } = await database.query<{ seconds: number }>(lastWait, [claim.task.id, claim.jobId, error.code, claim.nodeId]);
  const longest = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, 2 * (rows[0]?.seconds ?? 0)));
  return longest * (0.75 + Math.random() / 4);
}
