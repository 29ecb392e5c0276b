import { untilDatabaseAnswers } from '../../task-manager/database-patience.js';
import { ClaimLost } from '../../task-manager/settlement.js';

/**
 * Settles a claim, waiting out a database that is away. A settlement whose answer was lost may have happened: the next try
 * then finds the claim gone, which is how it should be.
 */
export async function settleWhenPossible(signal: AbortSignal, settle: () => Promise<unknown>): Promise<void> {
  let tries = 0;
  await untilDatabaseAnswers(signal, async () => {
    tries++;
    try {
      await settle();
    } catch (error) {
      if (!(error instanceof ClaimLost && tries > 1)) throw error;
    }
  });
}
