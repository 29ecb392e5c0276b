import type { Queryable } from '../database/database.js';
import { FAIR_COST } from './sort-key.js';
import { recountBacklog, takeFairTurns } from './sql/tenants.sql.js';

/** Seconds a count of a tenant's unfinished tasks is good for: until then only what it hands in puts it back. */
const COUNT_HOLDS = 5;
/** Most of its tasks counted. A tenant with that many unfinished stands where its submissions have brought it. */
const MOST_COUNTED = 10_000;

/**
 * Takes the turns of a tenant's tasks, new or sent through again, within the transaction that queues them: one statement, and a second where the tenant stands back and
 * its unfinished tasks were not counted of late.
 * @returns milliseconds the first of them stands behind those of others; each next one stands {@link FAIR_COST} behind the one before
 */
export async function fairDelay(tx: Queryable, tenant: string, tasks: number): Promise<number> {
  const cost = tasks * FAIR_COST;
  const taken = await tx.query<{ delay: number; is_doubtful: boolean }>(takeFairTurns, [tenant, cost, COUNT_HOLDS]);
  const { delay, is_doubtful } = taken.rows[0]!;
  if (delay === 0 || !is_doubtful) return delay;
  // With the tenant locked and a look of its own: tasks others have just made for it are counted, too.
  const most = Math.min(Math.ceil(delay / FAIR_COST), MOST_COUNTED);
  const counted = await tx.query<{ delay: number }>(recountBacklog, [tenant, cost, FAIR_COST, most]);
  return counted.rows[0]!.delay;
}
