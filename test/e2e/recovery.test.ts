import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/postgres.js';
import { MANUAL, scanOf } from '../support/scans.js';
import { finished, ServerHome, ServerProcess, until, type TaskView } from '../support/server-process.js';

const PAGES = 12;
const LIMIT = 180_000;

interface PageRow {
  page: number;
  artifact_key: string;
  created_at: Date;
}

/** Kills and stops against the real server, with the database outside so that the test can look into it throughout. */
describe('a task whose server is disturbed', () => {
  const home = new ServerHome();
  const servers: ServerProcess[] = [];
  let database: TestDatabase;
  let client: pg.Client;
  let undisturbed: string;

  const start = async () => {
    const server = await ServerProcess.start(home, {
      DATABASE_URL: database.url,
      OCR_CHUNK_SIZE: '3',
      OCR_NODE_HEARTBEAT: '0.5',
      OCR_NODE_LEASE: '2',
      OCR_SHUTDOWN_GRACE: '0',
    });
    servers.push(server);
    return server;
  };
  const submit = async (server: ServerProcess) =>
    (await server.post<TaskView>('/api/ocr/tasks', { document_path: 'scan.pdf', options: { second_look: false } })).task_id;
  const pagesOf = async (taskId: string): Promise<PageRow[]> =>
    (
      await client.query<PageRow>('SELECT page, artifact_key, created_at FROM ocr_pages WHERE task_id = $1 ORDER BY page', [
        taskId,
      ])
    ).rows;
  const pagesDone = (taskId: string, count: number) =>
    until(
      () => pagesOf(taskId),
      (rows) => rows.length >= count,
      LIMIT,
    );
  const textOf = (server: ServerProcess, taskId: string) => server.text(`/api/ocr/tasks/${taskId}/result?format=txt`);

  /** What was finished before is the very same afterwards: nothing was read twice. */
  const expectUntouched = async (taskId: string, before: PageRow[]) => {
    const after = new Map((await pagesOf(taskId)).map((row) => [row.page, row]));
    for (const row of before) expect(after.get(row.page)).toEqual(row);
    expect(after.size).toBe(PAGES);
  };

  beforeAll(async () => {
    database = await startTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const pages = Array.from({ length: PAGES }, (_, index) => 20 + index);
    writeFileSync(join(home.inbox, 'scan.pdf'), await scanOf(MANUAL, pages, 100));
    const server = await start();
    const id = await submit(server);
    expect((await finished(server, id, LIMIT)).status).toBe('completed');
    undisturbed = await textOf(server, id);
    await server.end();
  }, LIMIT);
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.end('SIGKILL');
  });
  afterAll(async () => {
    await client.end();
    await database.stop();
    home.remove();
  });

  it('by SIGKILL: the next start completes it, and no finished page is read again', { timeout: LIMIT }, async () => {
    const first = await start();
    const id = await submit(first);
    await pagesDone(id, 4);
    await first.end('SIGKILL');
    const before = await pagesOf(id);
    expect(before.length).toBeLessThan(PAGES);
    const second = await start();
    const task = await finished(second, id, LIMIT);
    expect(task).toMatchObject({ status: 'completed', pages: { total: PAGES, done: PAGES, failed: 0 } });
    await expectUntouched(id, before);
    expect(await textOf(second, id)).toBe(undisturbed);
  });

  it('by SIGTERM: running pages are given back without burning an attempt', { timeout: LIMIT }, async () => {
    const first = await start();
    const id = await submit(first);
    await pagesDone(id, 3);
    expect(await first.end('SIGTERM')).toBe(0);
    const { rows } = await client.query(`SELECT state, attempt, stalls FROM ocr_jobs WHERE task_id = $1 AND kind = 'chunk'`, [
      id,
    ]);
    expect(rows.every((row) => row.state !== 'running' && row.attempt <= 1 && row.stalls === 0)).toBe(true);
    const before = await pagesOf(id);
    const second = await start();
    const task = await finished(second, id, LIMIT);
    expect(task.chunks.map((chunk) => [chunk.attempt, chunk.stalls])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    await expectUntouched(id, before);
    expect(await textOf(second, id)).toBe(undisturbed);
  });

  it('by pause and resume: the engine stops, finished pages stay', { timeout: LIMIT }, async () => {
    const server = await start();
    const id = await submit(server);
    await pagesDone(id, 4);
    await server.post(`/api/ocr/tasks/${id}/pause`);
    const paused = await server.get<TaskView>(`/api/ocr/tasks/${id}`);
    expect(paused.status).toBe('paused');
    const before = await pagesOf(id);
    await until(
      () => nodeLoad(client),
      (load) => load.pages === 0 && load.jobs === 0,
      5000,
    );
    expect(await cpuSeconds(server)).toBeLessThan(0.5);
    expect(await pagesOf(id)).toEqual(before);
    await server.post(`/api/ocr/tasks/${id}/resume`);
    expect((await finished(server, id, LIMIT)).status).toBe('completed');
    await expectUntouched(id, before);
    expect(await textOf(server, id)).toBe(undisturbed);
  });

  it('by cancel: the engine stops, and nothing of it runs on', { timeout: LIMIT }, async () => {
    const server = await start();
    const id = await submit(server);
    await pagesDone(id, 2);
    await server.post(`/api/ocr/tasks/${id}/cancel`);
    const before = await pagesOf(id);
    await until(
      () => nodeLoad(client),
      (load) => load.pages === 0 && load.jobs === 0,
      5000,
    );
    expect(await cpuSeconds(server)).toBeLessThan(0.5);
    expect(await pagesOf(id)).toEqual(before);
    expect((await server.get<TaskView>(`/api/ocr/tasks/${id}`)).status).toBe('cancelled');
  });
});

/** What the one live node told of itself with its last heartbeat. */
async function nodeLoad(client: pg.Client): Promise<{ pages: number; jobs: number }> {
  const { rows } = await client.query<{ load: { pages: number; jobs: number } }>(
    'SELECT load FROM ocr_nodes WHERE lease_until > now() ORDER BY heartbeat_at DESC LIMIT 1',
  );
  return rows[0]?.load ?? { pages: -1, jobs: -1 };
}

/** Processor seconds the server and its children spend in one second of rest. */
async function cpuSeconds(server: ServerProcess): Promise<number> {
  const { cpuTicks } = await import('../support/process-tree.js');
  const before = cpuTicks(server.child.pid!);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (cpuTicks(server.child.pid!) - before) / 100;
}
