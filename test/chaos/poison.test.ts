import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, type ServerProcess } from '../support/server-process.js';
import { Cluster } from './cluster.js';

const LONG = process.env.OCR_CHAOS_SECONDS !== undefined;
const PAGES = 10;

/** One page takes every server down that asks for it, with all else the server holds. */
describe.runIf(LONG)('a page that takes servers down', () => {
  let cluster: Cluster;
  let texts: string[];

  beforeAll(async () => {
    cluster = await Cluster.start({
      OCR_OCR_SLOTS: '3',
      OCR_CHUNK_SIZE: '5',
      OCR_NODE_LEASE: '3',
      OCR_NODE_HEARTBEAT: '1',
    });
    await cluster.addDocument('marked.pdf', PAGES);
    await cluster.addDocument('other.pdf', PAGES);
    const server = await cluster.addServer();
    const id = await cluster.submit('marked.pdf');
    await cluster.completed(id);
    texts = (await cluster.textOf(id)).match(/[0-9a-f]{16}/g)!;
    await server.end('SIGTERM');
    cluster.servers.length = 0;
  });
  afterAll(() => cluster.close());

  it('costs itself, and neither its neighbours nor the documents beside it', { timeout: 180_000 }, async () => {
    const [poisoned, deaths] = [texts[2]!, [] as number[]];
    cluster.engine.delay = 300;
    cluster.engine.onPage = (text) => {
      if (text === poisoned) void kill();
    };
    const kill = async () => {
      const [held] = await cluster.rows<{ pid: number }>(
        `SELECT pid FROM ocr_jobs JOIN ocr_nodes ON node_id = ocr_nodes.id JOIN ocr_tasks task ON task.id = task_id
         WHERE state = 'running' AND task.name = 'marked.pdf' AND kind = 'chunk' AND first_page <= 3 AND last_page >= 3`,
      );
      deaths.push(held!.pid);
      process.kill(held!.pid, 'SIGKILL');
    };
    const first = await cluster.addServer();
    const [id, other] = [await cluster.submit('marked.pdf'), await cluster.submit('other.pdf')];
    for (let server: ServerProcess | undefined = first; server !== undefined;) {
      const dying: ServerProcess = server;
      const state = await until(
        async () => ({
          isDead: deaths.includes(dying.child.pid!),
          tasks: [await cluster.statusOf(id), await cluster.statusOf(other)],
        }),
        ({ isDead, tasks }) => isDead || tasks.every(({ status }) => status !== 'queued' && status !== 'running'),
        60_000,
      );
      if (state.isDead) cluster.servers.splice(cluster.servers.indexOf(dying), 1);
      server = state.isDead ? await cluster.addServer() : undefined;
    }
    console.log(`The page took ${deaths.length} servers down.`);
    expect(deaths.length).toBeLessThan(6);
    expect((await cluster.statusOf(other)).status).toBe('completed');
    expect((await cluster.statusOf(id)).status).toBe('completed_with_errors');
    const failed = await cluster.rows(`SELECT page, error ->> 'code' AS code FROM ocr_pages WHERE state = 'failed'`);
    expect(failed).toEqual([{ page: 3, code: 'job_stalled' }]);
    expect((await cluster.textOf(id)).match(/[0-9a-f]{16}/g)).toEqual(texts.filter((text) => text !== poisoned));
    expect(await cluster.broken()).toEqual({});
  });
});
