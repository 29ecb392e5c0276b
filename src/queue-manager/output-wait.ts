import type { Queryable } from '../database/database.js';
import { lastOutputWait } from './sql/waits.sql.js';

/** Seconds of the first wait and of the longest. Each time the whole merge is made anew. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 300;

/** Seconds until results are tried again for which there was no room at the place asked for: about twice as long as the last time. */
export async function outputWait(database: Queryable, taskId: string): Promise<number> {
  const { rows } = await database.query<{ seconds: number }>(lastOutputWait, [taskId]);
  const longest = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, 2 * (rows[0]?.seconds ?? 0)));
  return longest * (0.75 + Math.random() / 4);
}
