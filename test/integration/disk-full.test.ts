import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNode, type RunningNode } from '../../src/bootstrap.js';
import { canMount } from '../support/can-mount.js';
import { DeterministicEngine } from '../support/deterministic-engine.js';
import { brokenInvariants } from '../support/invariants.js';
import { markedDocument } from '../support/marked-documents.js';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/server-process.js';

const PAGES = 24;

/** Real bytes on a real disk: two small ones in memory, one for the document store, one for the database's tables. */
describe.skipIf(!canMount())('a node whose disk is full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-full-'));
  const disks = { store: join(folder, 'data'), tables: join(folder, 'tables') };
  let document: Buffer;
  let database: TestDatabase;
  let direct: pg.Client;
  let engine: DeterministicEngine;
  let node: RunningNode;

  beforeAll(async () => {
    for (const disk of [...Object.values(disks), join(folder, 'inbox')]) mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disks.store]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disks.tables]);
    execFileSync('chmod', ['0755', folder]);
    document = Buffer.from(await markedDocument('full', PAGES));
    writeFileSync(join(folder, 'inbox', 'marked.pdf'), document);
    database = await startTestDatabase();
    direct = new pg.Client({ connectionString: database.url });
    await direct.connect();
    const { rows } = await direct.query<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = statSync(rows[0]!.data_directory); // of the account the server runs as
    chownSync(disks.tables, uid, gid);
    engine = await DeterministicEngine.start();
    engine.delay = 50;
    node = await startNode({
      ...engine.settings,
      data_dir: disks.store,
      log_dir: join(folder, 'logs'),
      log_console: 'off',
      input_roots: [join(folder, 'inbox')],
      database_url: database.url,
      port: 0,
      ocr_slots: 2,
      chunk_size: 4,
      page_cache: false,
    });
  }, 60_000);
  afterAll(async () => {
    await node.close();
    await Promise.all([engine.close(), direct.end()]);
    await database.stop();
    for (const disk of Object.values(disks)) execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  const submit = async (options = {}) => {
    const response = await fetch(`${node.url}/api/ocr/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document_path: 'marked.pdf', options }),
    });
    return { status: response.status, body: (await response.json()) as { task_id: string; code?: string } };
  };
  const taskOf = async (id: string) =>
    (
      await direct.query<{ status: string; pages: number; attempts: number; stalls: number }>(
        `SELECT status, (SELECT count(*)::int FROM ocr_pages WHERE task_id = t.id AND state = 'done') AS pages,
           (SELECT max(attempt) FROM ocr_jobs WHERE task_id = t.id) AS attempts,
           (SELECT sum(stalls)::int FROM ocr_jobs WHERE task_id = t.id) AS stalls FROM ocr_tasks t WHERE id = $1`,
        [id],
      )
    ).rows[0]!;
  const completed = async (...ids: string[]) => {
    for (const id of ids) {
      const task = await until(
        () => taskOf(id),
        (found) => found.status !== 'queued' && found.status !== 'running',
        60_000,
      );
      expect(task).toMatchObject({ status: 'completed', attempts: 1, stalls: 0 });
    }
    expect(await brokenInvariants({ query: (statement) => direct.query(statement as string) })).toEqual({});
  };
  const checks = async () =>
    ((await (await fetch(`${node.url}/readyz`)).json()) as { checks: Record<string, { healthy: boolean; detail?: string }> })
      .checks;
  const isReady = () => until(checks, (found) => Object.values(found).every(({ healthy }) => healthy), 20_000);
  const linesWith = (text: string) =>
    readFileSync(join(folder, 'logs', 'ocr_queue.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(text));

  it('in the document store keeps its tasks waiting, says so, and goes on when there is room', { timeout: 120_000 }, async () => {
    const { body } = await submit();
    await until(
      () => taskOf(body.task_id),
      (task) => task.pages >= 4,
    );
    const filler = join(disks.store, 'filler');
    fill(filler);
    const retrying = () =>
      direct.query<{ data: { error: { code: string } } }>(
        `SELECT data FROM ocr_events WHERE task_id = $1 AND type = 'chunk.retrying'`,
        [body.task_id],
      );
    const { rows } = await until(retrying, (found) => found.rows.length > 0);
    expect(rows[0]!.data.error.code).toBe('storage_full');
    const found = await until(checks, (answer) => !answer['store']!.healthy && !answer['store room']!.healthy, 20_000);
    expect(found['store']!.detail).toBe('The document store is full.');

    const form = new FormData();
    form.set('file', new Blob([document]), 'upload.pdf');
    const upload = await fetch(`${node.url}/api/ocr/upload`, { method: 'POST', body: form });
    expect([upload.status, ((await upload.json()) as { code: string }).code]).toEqual([507, 'storage_full']);
    const late = await submit();
    expect(late.status, 'a document elsewhere may wait').toBe(202);
    expect((await taskOf(body.task_id)).status).toBe('running');

    rmSync(filler);
    await completed(body.task_id, late.body.task_id);
    const readings = [...engine.readings.values()].reduce((sum, count) => sum + count, 0);
    expect(readings, 'few pages were read in vain').toBeLessThan(2 * PAGES + 20);
    await isReady();
    expect(linesWith('"store room: failed; trying again"')).toHaveLength(1);
    expect(linesWith('"store room: works again"')).toHaveLength(1);
  });

  it('under the database waits with finished work, says so, and goes on when there is room', { timeout: 120_000 }, async () => {
    await direct.query(`CREATE TABLESPACE ${SPACE} LOCATION '${disks.tables}'`);
    for (const table of ['ocr_pages', 'ocr_events']) await direct.query(`ALTER TABLE ${table} SET TABLESPACE ${SPACE}`);
    engine.delay = 200;
    const { body } = await submit();
    await until(
      () => taskOf(body.task_id),
      (task) => task.pages >= 4,
    );
    // The disk is filled by a table of its own: files in a tablespace's folder are nobody else's business.
    await direct.query(`CREATE TABLE filler (bytes text) TABLESPACE ${SPACE}`);
    await direct.query('ALTER TABLE filler ALTER bytes SET STORAGE PLAIN');
    const fillTable = async () => {
      for (;;) await direct.query(`INSERT INTO filler VALUES (repeat('x', 7000))`);
    };
    await expect(fillTable()).rejects.toMatchObject({ code: '53100' });
    // What the tables' last pages still take is soon used up.
    const taken: string[] = [];
    const refused = await until(
      async () => {
        const answer = await submit({ pages: '1' });
        if (answer.status === 202) taken.push(answer.body.task_id);
        return answer;
      },
      (answer) => answer.status !== 202,
    );
    expect([refused.status, refused.body.code]).toEqual([503, 'service_unavailable']);
    await until(checks, (answer) => !answer['database']!.healthy, 20_000);

    await direct.query('DROP TABLE filler');
    engine.delay = 0;
    await completed(body.task_id, ...taken);
    await isReady();
    expect(linesWith('finished work waits until there is room')).toHaveLength(1);
    for (const table of ['ocr_pages', 'ocr_events']) await direct.query(`ALTER TABLE ${table} SET TABLESPACE pg_default`);
    await direct.query(`DROP TABLESPACE ${SPACE}`);
  });
});

const SPACE = `small_${process.pid}`;

/** Writes until not one block is free. */
function fill(path: string): void {
  for (const size of [65_536, 4096, 512]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
}
