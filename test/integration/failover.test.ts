import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNode, type RunningNode } from '../../src/bootstrap.js';
import { openServer } from '../../src/database/server.js';
import { DeterministicEngine } from '../support/deterministic-engine.js';
import { brokenInvariants } from '../support/invariants.js';
import { markedDocument } from '../support/marked-documents.js';
import { ReplicatedPostgres } from '../support/replicated-postgres.js';
import { until } from '../support/server-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const PAGES = 30;
const folder = mkdtempSync(join(tmpdir(), 'ocr-failover-'));
let postgres: ReplicatedPostgres;
let proxy: TcpProxy;
let engine: DeterministicEngine;
let node: RunningNode;

beforeAll(async () => {
  postgres = await ReplicatedPostgres.start();
  proxy = await TcpProxy.start(postgres.primary.url);
  engine = await DeterministicEngine.start();
  engine.delay = 100;
  mkdirSync(join(folder, 'inbox'));
  writeFileSync(join(folder, 'inbox', 'marked.pdf'), await markedDocument('failover', PAGES));
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
}, 60_000);
afterAll(async () => {
  await node.close();
  await Promise.all([proxy.close(), engine.close()]);
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = (method: string, path: string, body?: object, headers = {}) =>
  fetch(`${node.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
/** Submits once; undefined when it was not taken. */
const submit = async (key: string): Promise<string | undefined> => {
  const answer = await call('POST', '/api/ocr/tasks', { document_path: 'marked.pdf' }, { 'idempotency-key': key });
  if (answer.status === 202 || answer.status === 200) return ((await answer.json()) as { task_id: string }).task_id;
  expect(answer.status).toBe(503);
  return undefined;
};
const checks = async () =>
  ((await (await call('GET', '/readyz')).json()) as { checks: Record<string, { healthy: boolean }> }).checks;
const log = () =>
  readFileSync(join(folder, 'logs', 'ocr_queue.log'), 'utf8')
    .trimEnd()
    .split('\n');

/**
 * The primary dies without a word; the address then leads to a standby that is read-only for a while before it is promoted. With
 * synchronous replication nothing that was acknowledged is lost, and the node goes on by itself.
 */
it('goes on with a promoted standby, and loses nothing', { timeout: 120_000 }, async () => {
  const id = (await submit('before'))!;
  const pages = (of: { rows: typeof postgres.primary.rows }) =>
    of.rows<{ page: number; artifact_key: string }>('SELECT page, artifact_key FROM ocr_pages WHERE task_id = $1 ORDER BY page', [
      id,
    ]);
  const before = await until(
    () => pages(postgres.primary),
    (rows) => rows.length >= 5,
  );
  const linesBefore = log().length;
  await postgres.primary.kill();
  proxy.leadTo(postgres.standby.url);

  // Read-only: it answers, and takes nothing.
  await until(checks, (found) => ['database', 'dispatcher', 'rescuer'].every((part) => !found[part]!.healthy), 15_000);
  expect(await submit('meanwhile')).toBeUndefined();
  expect((await call('GET', `/api/ocr/tasks/${id}`)).status, 'what is known can still be asked').toBe(200);
  expect((await call('GET', '/livez')).status).toBe(200);

  // A node that starts now waits for the primary.
  const warned: string[] = [];
  const listening = { info: () => {}, error: () => {}, warn: (message: string) => void warned.push(message) };
  const starting = openServer({ database_url: proxy.url, data_dir: folder }, listening);
  await until(
    async () => warned.join(),
    (text) => text.includes('it is read-only'),
  );

  await postgres.promote();
  await starting;
  const late = await until(
    () => submit('meanwhile'),
    (found) => found !== undefined,
    20_000,
  );
  const statusOf = async (taskId: string) =>
    (await postgres.standby.rows<{ status: string }>('SELECT status FROM ocr_tasks WHERE id = $1', [taskId]))[0]!.status;
  for (const each of [id, late!])
    expect(
      await until(
        () => statusOf(each),
        (status) => status !== 'queued' && status !== 'running',
        30_000,
      ),
    ).toBe('completed');

  const after = await pages(postgres.standby);
  expect(after).toHaveLength(PAGES);
  expect(after, 'no finished page was read again').toEqual(expect.arrayContaining(before));
  const failures = await postgres.standby.rows(
    `SELECT type, data FROM ocr_events WHERE type LIKE '%.retrying' OR type LIKE '%.failed'`,
  );
  expect(failures, 'a read-only server is no failure of the work').toEqual([]);
  expect(
    await brokenInvariants({ query: async (text) => ({ rows: await postgres.standby.rows(text as string) }) as never }),
  ).toEqual({});
  await until(checks, (found) => Object.values(found).every(({ healthy }) => healthy), 15_000);
  const said = (message: string) =>
    log()
      .slice(linesBefore)
      .filter((line) => line.includes(message)).length;
  for (const loop of ['dispatcher', 'rescuer']) {
    expect([said(`"${loop}: failed; trying again"`), said(`"${loop}: works again"`)], loop).toEqual([1, 1]);
  }
});
