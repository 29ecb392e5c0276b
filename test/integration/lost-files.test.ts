import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import type { Logs } from '../../src/logging/logs.js';
import { LostFiles } from '../../src/queue-manager/lost-files.js';
import { RetentionSweeper } from '../../src/queue-manager/retention-sweeper.js';
import { createDocumentStore, type KeptStore } from '../../src/storage/create-document-store.js';
import { pageKey, sourceKey, taskPrefix } from '../../src/task-manager/artifact-keys.js';
import { QueueHarness } from '../support/queue-harness.js';
import { s3Server } from '../support/s3-server.js';

/** Milliseconds from now at which what is written now is older than a day. */
const NEXT_DAY = 25 * 3600 * 1000;
const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;

describe.each(['a folder', 'a bucket'])('files without a task in %s', (kind) => {
  let queue: QueueHarness;
  let store: KeptStore;
  let close: () => Promise<void>;
  beforeEach(async () => {
    queue = await QueueHarness.start();
    [store, close] = kind === 'a bucket' ? await bucket() : [queue.store, async () => {}];
  });
  afterEach(async () => {
    await close();
    await queue.close();
  });

  it('go once they are older than a day; those of tasks, and what is no task’s, stay', async () => {
    const there = await queue.submit();
    const lost = Array.from({ length: 3 }, () => randomUUID());
    const keys = [sourceKey(there), pageKey(there, 1, randomUUID()), 'tasks/x/source/original', 'other/file'];
    for (const key of keys) await store.put(key, Buffer.from('stays'));
    for (const id of lost) await store.put(sourceKey(id), Buffer.from('goes'));
    await store.put(pageKey(lost[0]!, 1, randomUUID()), Buffer.from('goes'));

    const lostFiles = new LostFiles(queue.database, logs, store);
    expect(await lostFiles.runOnce(), 'a document may just be coming in').toBe(0);
    expect(await lostFiles.runOnce(Date.now() + NEXT_DAY)).toBe(3);
    expect(await lostFiles.runOnce(Date.now() + NEXT_DAY), 'left to the trash before').toBe(0);
    await queue.database.query(`UPDATE ocr_trash SET created_at = now() - interval '6 minutes'`);
    await new RetentionSweeper(queue.database, queue.tasks, logs, store, queue.live).runOnce();
    const left: string[] = [];
    for await (const key of store.list('')) left.push(key);
    expect(left.sort()).toEqual(keys.sort());
    expect(await lostFiles.runOnce(Date.now() + NEXT_DAY)).toBe(0);
  });

  it('stay where they are older than the database: they may be another one’s', async () => {
    await store.put(sourceKey(randomUUID()), Buffer.from('not ours'));
    await queue.database.query(
      `UPDATE ocr_settings SET value = to_jsonb(now() + interval '2 s') WHERE name = 'files_watched_since'`,
    );
    expect(await new LostFiles(queue.database, logs, store).runOnce(Date.now() + NEXT_DAY)).toBe(0);
  });

  it('stay where one of them is young', async () => {
    const id = randomUUID();
    await store.put(sourceKey(id), Buffer.from('of before'));
    const modified = (await store.stat(sourceKey(id)))!.modified.getTime();
    const lostFiles = new LostFiles(queue.database, logs, store);
    expect(await lostFiles.runOnce(modified + 24 * 3600 * 1000)).toBe(0);
    expect(await lostFiles.runOnce(modified + 24 * 3600 * 1000 + 1)).toBe(1);
    expect((await queue.database.query<{ prefix: string }>('SELECT prefix FROM ocr_trash')).rows).toEqual([
      { prefix: taskPrefix(id) },
    ]);
  });
});

/** A store on a real S3 server on loopback. */
async function bucket(): Promise<[KeptStore, () => Promise<void>]> {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-lost-files-'));
  const server = s3Server(join(folder, 'bucket'));
  const { port } = await server.run();
  const settings = {
    data_dir: join(folder, 'data'),
    store_url: 's3://documents/some/folder',
    s3_endpoint: `http://127.0.0.1:${port}`,
    s3_access_key_id: 'S3RVER',
    s3_secret_access_key: 'S3RVER',
    s3_force_path_style: true,
  };
  const store = await createDocumentStore(loadSettings(settings, {}, folder));
  return [
    store,
    async () => {
      await store.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  ];
}
