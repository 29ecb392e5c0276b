import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANUAL, scanOf } from '../support/scans.js';
import { finished, ServerHome, ServerProcess, until, type TaskView } from '../support/server-process.js';

const PAGES = 10;
const LIMIT = 180_000;

/** The embedded PostgreSQL is killed while real pages are read: the server starts it again, and the task goes on. */
describe('a task whose PostgreSQL is killed', () => {
  const home = new ServerHome();
  let server: ServerProcess;

  beforeAll(async () => {
    const pages = Array.from({ length: PAGES }, (_, index) => 20 + index);
    writeFileSync(join(home.inbox, 'scan.pdf'), await scanOf(MANUAL, pages, 100));
    server = await ServerProcess.start(home, { OCR_PAGE_CACHE: 'false' });
  }, LIMIT);
  afterAll(async () => {
    await server.end();
    home.remove();
  });

  const submit = async () =>
    (await server.post<TaskView>('/api/ocr/tasks', { document_path: 'scan.pdf', options: { chunk_size: 2, second_look: false } }))
      .task_id;
  const pageFiles = (taskId: string) => readdirSync(join(home.folder, `data/store/tasks/${taskId}/pages`)).sort();

  it('completes as if nothing had been, with no page read twice', { timeout: LIMIT }, async () => {
    const calm = await submit();
    await finished(server, calm, LIMIT);
    const disturbed = await submit();
    await until(
      () => server.get<TaskView>(`/api/ocr/tasks/${disturbed}`),
      (task) => task.pages.done >= 3,
      LIMIT,
    );
    const [postmaster] = readFileSync(join(home.folder, 'data/postgres/cluster/postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(postmaster), 'SIGKILL');

    const task = await until(
      // The API itself answers 503 until the database is back.
      () => server.get<TaskView>(`/api/ocr/tasks/${disturbed}`).catch(() => undefined),
      (answer) => answer !== undefined && ['completed', 'completed_with_errors', 'failed'].includes(answer.status),
      LIMIT,
    );
    expect(task).toMatchObject({ status: 'completed', pages: { total: PAGES, done: PAGES, failed: 0 } });
    const textOf = (taskId: string) => server.text(`/api/ocr/tasks/${taskId}/result?format=txt`);
    expect(await textOf(disturbed)).toBe(await textOf(calm));
    expect(pageFiles(disturbed)).toHaveLength(PAGES);
  });
});
