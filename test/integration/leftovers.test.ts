import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { earlierResults, removeLeftPages } from '../../src/queue-manager/jobs/leftovers.js';
import { trashOfLostTasks } from '../../src/queue-manager/sql/leftovers.sql.js';
import { WorkFolders } from '../../src/queue-manager/work-folders.js';
import type { DocumentStore } from '../../src/storage/document-store.js';
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

  it('of pages goes with the merge, and earlier results are known', async () => {
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
    await removeLeftPages(queue.database, queue.store, merge, never);
    expect(await earlierResults(queue.store, merge, [now])).toEqual([earlier]);
    expect(await keysOf(id)).toEqual([pageKey(id, 1, chunk.token), pageKey(id, 2, chunk.token), ...[earlier, now].sort()]);
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
    await removeLeftPages(queue.database, queue.store, merge, never);
    expect(await keysOf(id)).toEqual([pagesKey(id, 1, 3, chunk.token), anew].sort());
    const pages = [];
    for await (const page of queue.checkpoints.pages(id)) pages.push(page);
    expect(pages).toEqual([{ ...pageResult(1), rotation: 90 }, pageResult(2), pageResult(3)]);
  });

  it('is not looked for in what others write once the claim of the merge is gone', async () => {
    const lost = await queue.node(-1);
    const id = await queue.submit();
    await queue.prepare(lost, 2);
    const chunk = await queue.mustClaim(lost);
    await queue.checkpoints.pageDone(chunk, pageResult(1), never);
    await queue.checkpoints.pageFailed(chunk, 2, new OcrError('render_failed'), 1, never);
    await queue.settlement.chunkFinished(chunk);
    const merge = await queue.mustClaim(lost);
    let written = '';
    /** While its node stood still, others have merged, and a retry is about to check its page in. */
    const meanwhile = async () => {
      await queue.rescuer.runOnce();
      const node = await queue.node();
      await queue.settlement.merged(await queue.mustClaim(node), {});
      await queue.tasks.retry(id);
      written = pageKey(id, 2, (await queue.mustClaim(node)).token);
      await queue.store.put(written, Buffer.from('read anew'));
    };
    const store = Object.create(queue.store, {
      list: {
        value: async function* (prefix: string) {
          if (written === '') await meanwhile();
          yield* queue.store.list(prefix);
        },
      },
    }) as DocumentStore;
    await removeLeftPages(queue.database, store, merge, never);
    expect(await keysOf(id)).toEqual([pageKey(id, 1, chunk.token), written]);
  });

  it('of a task that a crash of the database took is left to the sweeper, of no other', async () => {
    const [there, lost] = [await queue.submit(), randomUUID()];
    await queue.database.query(trashOfLostTasks, [[there, lost].map(taskPrefix), [there, lost]]);
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
