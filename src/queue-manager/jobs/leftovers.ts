import type { Database } from '../../database/database.js';
import type { DocumentStore } from '../../storage/document-store.js';
import { sourcePrefix, taskPrefix } from '../../task-manager/artifact-keys.js';
import type { Claim } from '../../task-manager/claim.js';
import { artifactsOfPages, standingClaims } from '../sql/leftovers.sql.js';
import { documentKeyOf } from './chunk.job.js';

/*
 * A node may be suspended anywhere, lose its claim, and go on while others work on the task again. So what is removed is listed first, and
 * removed only if the claim stood after that: then nobody else has written any of it, and nobody will ever refer to it.
 */

/**
 * Removes the page results nobody refers to: a node wrote them and was lost, or stopped, before it could check the page in.
 * Called under the claim of the merge: no chunk runs then, so whatever is not in the table will never be. Nothing is removed when the
 * claim no longer stands. @throws the signal's reason
 */
export async function removeLeftPages(
  database: Database,
  store: DocumentStore,
  claim: Claim,
  signal: AbortSignal,
): Promise<void> {
  const folder = `${taskPrefix(claim.task.id)}pages/`;
  const keys = await keysUnder(store, folder);
  const claimed = [claim.task.id, claim.jobId, claim.token];
  const { rows } = await database.query<{ page: number; artifact_key: string | null }>(artifactsOfPages, claimed);
  if (rows.length === 0) return;
  const ofPage = new Map(rows.map((row) => [row.page, row.artifact_key]));
  const referred = new Set(ofPage.values());
  const isLeft = (key: string) => {
    const kept = ofPage.get(Number.parseInt(key.slice(folder.length), 10));
    // A page whose result lies elsewhere has been replaced; what it was before is kept.
    const isReplaced = kept != null && !kept.startsWith(folder);
    return !referred.has(key) && !isReplaced;
  };
  await removeKeys(store, keys.filter(isLeft), signal);
}

/**
 * The results of earlier runs, and of merges that were cut short: to be removed once the task has those of `claim`.
 * @param keys of the results of `claim`
 */
export async function earlierResults(store: DocumentStore, claim: Claim, keys: readonly string[]): Promise<string[]> {
  const all = await keysUnder(store, `${taskPrefix(claim.task.id)}results/`);
  return all.filter((key) => !keys.includes(key));
}

/**
 * Removes the copies of the document that its pages are not those of: nodes brought them in and were lost. Called under the claim of
 * the merge: nobody brings in anything then but those that have lost their claim. @throws the signal's reason
 */
export async function removeLeftSources(
  database: Database,
  store: DocumentStore,
  claim: Claim,
  signal: AbortSignal,
): Promise<void> {
  const key = documentKeyOf(claim);
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const { id, source } = claim.task;
  // An upload stays, also where a PDF was made of it.
  const isOwn = (each: string) => each.startsWith(folder) || (source.kind === 'upload' && each === source.key);
  const left = (await keysUnder(store, sourcePrefix(id))).filter((each) => !isOwn(each));
  if (left.length > 0 && (await stands(database, claim))) await removeKeys(store, left, signal);
}

/**
 * Removes the copy of a document nothing could be made of, so that a retry looks at its place anew. It stays when the claim no longer
 * stands, for whoever has the job now.
 */
export async function removeRefused(database: Database, store: DocumentStore, claim: Claim, key: string): Promise<void> {
  if (await stands(database, claim)) await store.deletePrefix(key);
}

async function stands(database: Database, claim: Claim): Promise<boolean> {
  return (await database.query(standingClaims, [[claim.token]])).rows.length > 0;
}

/** @throws the signal's reason */
export async function removeKeys(store: DocumentStore, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (const key of keys) {
    signal.throwIfAborted();
    await store.deletePrefix(key);
  }
}

async function keysUnder(store: DocumentStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}
