import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeEarlierResults, removeLeftPages } from '../../src/queue-manager/jobs/leftovers.js';
import { trashOfLostTask } from '../../src/queue-manager/sql/leftovers.sql.js';
import { WorkFolders } from '../../src/queue-manager/work-folders.js';
import { pageKey, pagesKey, resultKey, taskPrefix } from '../../src/task-manager/artifact-keys.js';
import { keptPage, pageResult, QueueHarness } from '../support/queue-harness.js';

const never = new AbortController().signal;

/** What killed nodes leave on disk goes, and nothing else. */
describe('what killed nodes leave', () => {
  let queue: QueueHarness;
  beforeEach(async () => {
    queue = await QueueHarness.start();
  });
  afterEach(() => queue.close());

  const keysOf = async (id: string) => {
    const keys: string[] = [];
    for await (const key of queue.store.list(taskPrefix(id))) keys.push(key);
    return keys.sort();
  };

  it('of pages goes with the merge, and earlier results with the new ones', async () => {
    const node = await queue.node();
    const id = await queue.submit();
    await queue.prepare(node, 2);
    const chunk = await queue.mustClaim(node);
    await queue.store.put(pageKey(id, 1, randomUUID()), Buffer.from('written, then killed'));
    await queue.readPages(chunk);
    await queue.settlement.chunkFinished(chunk);
    const merge = await queue.mustClaim(node);
    const [earlier, now] = [resultKey(id, 1, randomUUID(), 'result.txt'), resultKey(id, 1, merge.token, 'result.txt')];
    for (const key of [earlier, now]) await queue.store.put(key, Buffer.from('text'));
    await removeLeftPages(queue.database, queue.store, merge);
    await removeEarlierResults(queue.store, merge, [now]);
    expect(await keysOf(id)).toEqual([pageKey(id, 1, chunk.token), pageKey(id, 2, chunk.token), now]);
  });

  it('stays when it holds other pages, too, that are still what they were', async () => {
    const node = await queue.node();
    const id = await queue.submit();
    await queue.prepare(node, 3);
    const chunk = await queue.mustClaim(node);
    await queue.checkpoints.pagesKept(chunk, [1, 2, 3].map(keptPage), never);
    await queue.settlement.chunkFinished(chunk);
    const merge = await queue.mustClaim(node);
    // The first of them is read anew, as a retry does it.
    const anew = pageKey(id, 1, merge.token);
    await queue.store.put(anew, Buffer.from(JSON.stringify({ ...pageResult(1), rotation: 90 })));
    await queue.database.query('UPDATE ocr_pages SET artifact_key = $2 WHERE task_id = $1 AND page = 1', [id, anew]);
    await removeLeftPages(queue.database, queue.store, merge);
    expect(await keysOf(id)).toEqual([pagesKey(id, 1, 3, chunk.token), anew].sort());
    const pages = [];
    for await (const page of queue.checkpoints.pages(id)) pages.push(page);
    expect(pages).toEqual([{ ...pageResult(1), rotation: 90 }, pageResult(2), pageResult(3)]);
  });

  it('of a task that a crash of the database took is left to the sweeper, of no other', async () => {
    const [there, lost] = [await queue.submit(), randomUUID()];
    for (const id of [there, lost]) await queue.database.query(trashOfLostTask, [taskPrefix(id), id]);
    const { rows } = await queue.database.query<{ prefix: string }>('SELECT prefix FROM ocr_trash');
    expect(rows.map(({ prefix }) => prefix)).toEqual([taskPrefix(lost)]);
  });

  it('in the folder for unfinished work goes once its claim is gone, and not before', async () => {
    const folders = new WorkFolders(queue.settings, queue.database);
    const node = await queue.node();
    await queue.submit();
    const claim = await queue.mustClaim(node);
    const folderOf = (token: string) => join(queue.settings.data_dir, 'work', token);
    const lost = randomUUID();
    for (const token of [claim.token, lost]) mkdirSync(folderOf(token), { recursive: true });
    await folders.runOnce();
    expect([existsSync(folderOf(claim.token)), existsSync(folderOf(lost))]).toEqual([true, false]);
    await queue.settlement.givenBack(claim);
    await folders.runOnce();
    expect(existsSync(folderOf(claim.token))).toBe(false);
  });
});
