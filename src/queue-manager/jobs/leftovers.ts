import type { Database } from '../../database/database.js';
import type { DocumentStore } from '../../storage/document-store.js';
import { taskPrefix } from '../../task-manager/artifact-keys.js';
import type { Claim } from '../../task-manager/claim.js';
import { artifactsOfPages } from '../sql/leftovers.sql.js';

/**
 * Removes the page results nobody refers to: a node wrote them and was lost, or stopped, before it could check the page in.
 * Called under the claim of the merge: no chunk runs then, so whatever is not in the table will never be.
 */
export async function removeLeftPages(database: Database, store: DocumentStore, claim: Claim): Promise<void> {
  const { rows } = await database.query<{ page: number; artifact_key: string | null }>(artifactsOfPages, [claim.task.id]);
  const folder = `${taskPrefix(claim.task.id)}pages/`;
  const ofPage = new Map(rows.map((row) => [row.page, row.artifact_key]));
  const referred = new Set(ofPage.values());
  for await (const key of store.list(folder)) {
    const kept = ofPage.get(Number.parseInt(key.slice(folder.length), 10));
    // A page whose result lies elsewhere has been replaced; what it was before is kept.
    const isReplaced = kept != null && !kept.startsWith(folder);
    if (!referred.has(key) && !isReplaced) await store.deletePrefix(key);
  }
}

/** Removes the results of earlier runs, and of merges that were cut short, once the task has those of `claim`. */
export async function removeEarlierResults(store: DocumentStore, claim: Claim, keys: readonly string[]): Promise<void> {
  for await (const key of store.list(`${taskPrefix(claim.task.id)}results/`)) {
    if (!keys.includes(key)) await store.deletePrefix(key);
  }
}
