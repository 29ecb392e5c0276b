import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNode, type RunningNode } from '../../src/bootstrap.js';
import { Database } from '../../src/database/database.js';
import { Listener } from '../../src/database/listener.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../src/storage/document-store.js';
import { TASKS_PREFIX } from '../../src/task-manager/artifact-keys.js';
import { DeterministicEngine } from '../support/deterministic-engine.js';
import { brokenInvariants } from '../support/invariants.js';
import { markedDocument } from '../support/marked-documents.js';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/server-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PAGES = 30;
/** Background duties that meet every disturbance. */
const LOOPS = ['node lease', 'dispatcher', 'event tail', 'rescuer'];

/** A whole node, with everything it has, whose way to the database is disturbed. */
describe('a node whose database connections', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocr-half-open-'));
  let database: TestDatabase;
  let direct: pg.Client;
  let proxy: TcpProxy;
  let engine: DeterministicEngine;
  let node: RunningNode;

  beforeAll(async () => {
    database = await startTestDatabase();
    direct = new pg.Client({ connectionString: database.url });
    await direct.connect();
    proxy = await TcpProxy.start(database.url);
    engine = await DeterministicEngine.start();
    engine.delay = 50;
    mkdirSync(join(folder, 'inbox'));
    writeFileSync(join(folder, 'inbox', 'marked.pdf'), await markedDocument('half open', PAGES));
    node = await startNode({
      ...engine.settings,
      data_dir: join(folder, 'data'),
      log_dir: join(folder, 'logs'),
      log_console: 'off',
      input_roots: [join(folder, 'inbox')],
      database_url: proxy.url,
      port: 0,
      chunk_size: 4,
      page_cache: false,
    });
  });
  afterAll(async () => {
    await node.close();
    await Promise.all([proxy.close(), engine.close(), direct.end()]);
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const submit = async () => {
    const response = await fetch(`${node.url}/api/ocr/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ document_path: 'marked.pdf' }),
    });
    expect(response.status).toBe(202);
    return ((await response.json()) as { task_id: string }).task_id;
  };
  const taskOf = async (id: string) =>
    (
      await direct.query<{ status: string; pages: number }>(
        'SELECT status, (SELECT count(*)::int FROM ocr_pages WHERE task_id = t.id) AS pages FROM ocr_tasks t WHERE id = $1',
        [id],
      )
    ).rows[0]!;
  const pagesRead = (id: string, pages: number) =>
    until(
      () => taskOf(id),
      (task) => task.pages >= pages,
    );
  const completed = async (id: string, limitMs: number) => {
    const task = await until(
      () => taskOf(id),
      (found) => found.status !== 'queued' && found.status !== 'running',
      limitMs,
    );
    expect(task).toEqual({ status: 'completed', pages: PAGES });
    expect(await brokenInvariants({ query: (statement) => direct.query(statement as string) })).toEqual({});
  };
  const ready = async () => (await fetch(`${node.url}/readyz`)).status === 200;
  const isReady = (limitMs: number) => until(ready, (answer) => answer, limitMs);
  const logLines = () =>
    readFileSync(join(folder, 'logs', 'ocr_queue.log'), 'utf8')
      .trimEnd()
      .split('\n');
  const saidBy = (loop: string, words: string, from = 0) =>
    logLines()
      .slice(from)
      .filter((line) => line.includes(`${loop}: ${words}`));
  const stalls = async (id: string) =>
    (await direct.query<{ stalls: number }>('SELECT sum(stalls)::int AS stalls FROM ocr_jobs WHERE task_id = $1', [id])).rows[0]!
      .stalls;

  it('freeze half open takes up again by itself within its lease, and listens again', { timeout: 90_000 }, async () => {
    const id = await submit();
    await pagesRead(id, 5);
    expect(proxy.freeze()).toBeGreaterThan(4);
    await completed(id, 20_000);
    expect(await stalls(id), 'no job was lost').toBe(0);
    await isReady(10_000);

    // Listening is tested every ten seconds: until then polling delivers, afterwards notifications do.
    const heard = new Promise<string>((resolve) => node.app.get(Listener).on('ocr_test', resolve));
    await until(
      async () => (await direct.query(`SELECT pg_notify('ocr_test', 'again')`), Promise.race([heard, ''])),
      (payload) => payload === 'again',
      25_000,
    );
  });

  it('are all terminated under load loses nothing', { timeout: 60_000 }, async () => {
    const id = await submit();
    for (let pages = 4; pages < PAGES; pages += 8) {
      await pagesRead(id, pages);
      await direct.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    }
    await completed(id, 20_000);
    expect(await stalls(id)).toBe(0);
    await isReady(5000);
  });

  it('are all taken keeps its lease, and goes on when they are free', { timeout: 60_000 }, async () => {
    const id = await submit();
    await pagesRead(id, 4);
    const pool = node.app.get(Database);
    const { database_pool_size: size, node_lease: lease } = node.settings;
    const hogs = Array.from({ length: size }, () => pool.query('SELECT pg_sleep($1)', [lease + 2]));
    const nodesBefore = await direct.query('SELECT id FROM ocr_nodes WHERE lease_until > now()');
    await Promise.all(hogs);
    const nodesAfter = await direct.query('SELECT id FROM ocr_nodes WHERE lease_until > now()');
    expect(nodesAfter.rows).toEqual(nodesBefore.rows);
    await completed(id, 20_000);
    expect(await stalls(id)).toBe(0);
    // Who waited ten seconds for a connection may have failed: it has to be over before the next disturbance is counted.
    await isReady(10_000);
  });

  it('are refused while a document is uploaded leaves its file to the sweeper, once it is told that there is no task', async () => {
    const store = node.app.get<DocumentStore>(DOCUMENT_STORE);
    const before = new Set<string>(await Readable.from(store.folders(TASKS_PREFIX)).toArray());
    proxy.refuse(true);
    proxy.cut();
    const form = new FormData();
    form.set('file', new Blob([readFileSync(join(folder, 'inbox', 'marked.pdf'))]), 'upload.pdf');
    const upload = await fetch(`${node.url}/api/ocr/upload`, { method: 'POST', body: form });
    expect([upload.status, ((await upload.json()) as { code: string }).code]).toEqual([503, 'service_unavailable']);
    const left = (await Readable.from(store.folders(TASKS_PREFIX)).toArray()).filter((prefix: string) => !before.has(prefix));
    expect(left, 'kept: the task might be there').toHaveLength(1);
    proxy.refuse(false);
    const trash = () => direct.query('SELECT prefix FROM ocr_trash WHERE prefix = ANY ($1)', [left]);
    await until(trash, ({ rowCount }) => rowCount === 1, 10_000);
    await isReady(10_000);
  });

  it('are refused for longer than the lease says so once, drops its work, and begins again', { timeout: 90_000 }, async () => {
    // What the disturbance before has made fail is not over with readiness: the lease, for one, is good until its next renewal.
    await until(
      async () => LOOPS.filter((loop) => saidBy(loop, 'failed; trying again').length > saidBy(loop, 'works again').length),
      (failing) => failing.length === 0,
      15_000,
    );
    const id = await submit();
    await pagesRead(id, 4);
    const before = logLines().length;
    proxy.refuse(true);
    proxy.cut();
    await until(ready, (answer) => !answer, 15_000);
    for (const path of ['/api/ocr/tasks', `/api/ocr/tasks/${id}`, '/api/ocr/stats'])
      expect((await fetch(`${node.url}${path}`)).status, path).toBe(503);
    await until(
      async () => logLines().slice(before).join('\n'),
      (text) => text.includes('lease ran out'),
      20_000,
    );
    proxy.refuse(false);
    await completed(id, 30_000);
    await isReady(10_000);
    for (const loop of LOOPS)
      for (const words of ['failed; trying again', 'works again']) expect(saidBy(loop, words, before), loop).toHaveLength(1);
    for (const words of ['Listening to the database was interrupted', 'Listening to the database works again'])
      expect(
        logLines()
          .slice(before)
          .filter((line) => line.includes(words)),
      ).toHaveLength(1);
  });
});
