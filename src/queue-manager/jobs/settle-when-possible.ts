import { untilDatabaseAnswers } from '../../task-manager/database-patience.js';
import { ClaimLost } from '../../task-manager/fence.js';

/**
 * Settles a claim, waiting out a database that is away. A settlement whose answer was lost may have happened: the next try
 * then finds the claim gone, which is how it should be. @returns what `settle` gives; nothing when it may have happened before
 */
export async function settleWhenPossible<T>(signal: AbortSignal, settle: () => Promise<T>): Promise<T | undefined> {
  let tries = 0;
  return untilDatabaseAnswers(signal, async () => {
    tries++;
    try {
      return await settle();
    } catch (error) {
      if (!(error instanceof ClaimLost && tries > 1)) throw error;
      return undefined;
    }
  });
}
