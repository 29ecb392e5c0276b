import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until, type ServerProcess } from '../support/server-process.js';
import { Cluster, type PageRow } from './cluster.js';

/** `npm run test:chaos` runs all; `npm test` what no other test has. */
const LONG = process.env.OCR_CHAOS_SECONDS !== undefined;
const PAGES = 60;
/** Milliseconds a page takes: with the slots of this machine the document then takes some ten seconds. */
const DELAY = 400;

/** Two servers work on one document; what is done to the first must cost nothing but time. Default lease: 8 s. */
describe('a task whose server meets', () => {
  let cluster: Cluster;
  let first: ServerProcess;
  let second: ServerProcess;
  let undisturbed: string;

  beforeAll(async () => {
    cluster = await Cluster.start({ OCR_OCR_SLOTS: '3', OCR_SHUTDOWN_GRACE: '1', OCR_CHUNK_SIZE: '5' });
    await cluster.addDocument('marked.pdf', PAGES);
    second = await cluster.addServer();
    const id = await cluster.submit('marked.pdf');
    await cluster.completed(id);
    undisturbed = await cluster.textOf(id);
    cluster.engine.delay = DELAY;
  });
  afterEach(async () => {
    cluster.servers.splice(cluster.servers.indexOf(first), 1);
    first.child.kill('SIGCONT');
    await first.end('SIGTERM');
  });
  afterAll(() => cluster.close());

  /** Lets both servers work on a document; returns when the first holds some of it. */
  const begin = async (): Promise<{ id: string; before: PageRow[] }> => {
    first = await cluster.addServer();
    const id = await cluster.submit('marked.pdf');
    await until(
      () =>
        cluster.rows('SELECT FROM ocr_jobs JOIN ocr_nodes ON node_id = ocr_nodes.id WHERE state = $1 AND pid = $2', [
          'running',
          first.child.pid,
        ]),
      (rows) => rows.length > 0,
    );
    return { id, before: await cluster.pagesDone(id, 6) };
  };
  /** Completed with the very text, every page finished before untouched, no rule broken, no file left over. */
  const expectWhole = async (id: string, before: PageRow[]) => {
    await cluster.completed(id, 40_000);
    const after = new Map((await cluster.pagesOf(id)).map((row) => [row.page, row]));
    for (const row of before) expect(after.get(row.page)).toEqual(row);
    expect(after.size).toBe(PAGES);
    expect(await cluster.textOf(id)).toBe(undisturbed);
    expect(await cluster.broken()).toEqual({});
    expect(await cluster.orphans()).toEqual([]);
  };
  const eventsOf = (id: string, type: string) =>
    cluster.rows<{ created_at: Date; data: { node_id: string; job_id: number } }>(
      'SELECT created_at, data FROM ocr_events WHERE task_id = $1 AND type = $2 ORDER BY id',
      [id, type],
    );

  it.runIf(LONG).each(['SIGTERM', 'SIGINT'] as const)('%s: gives its work back at once', { timeout: 60_000 }, async (signal) => {
    const { id, before } = await begin();
    expect(await first.end(signal)).toBe(0);
    await expectWhole(id, before);
    expect(await eventsOf(id, 'chunk.rescued'), 'nothing had to be rescued').toEqual([]);
  });

  it.runIf(LONG)('SIGTERM twice: ends at once, and the work is rescued', { timeout: 60_000 }, async () => {
    const { id, before } = await begin();
    first.child.kill('SIGTERM');
    await sleep(400);
    expect(await first.end('SIGTERM')).toBe(143);
    await expectWhole(id, before);
  });

  it('SIGKILL: its jobs run elsewhere within ten seconds', { timeout: 60_000 }, async () => {
    const { id, before } = await begin();
    const killedAt = Date.now();
    await first.end('SIGKILL');
    const rescued = await until(
      () => eventsOf(id, 'chunk.rescued'),
      (events) => events.length > 0,
    );
    const lost = new Set(rescued.map((event) => event.data.job_id));
    const again = await until(
      async () =>
        (await eventsOf(id, 'chunk.started')).filter((e) => e.created_at.getTime() > killedAt && lost.has(e.data.job_id)),
      (events) => events.length > 0,
    );
    const seconds = (again[0]!.created_at.getTime() - killedAt) / 1000;
    console.log(`A job of the killed server ran elsewhere after ${seconds.toFixed(1)} s.`);
    expect(seconds).toBeLessThan(10);
    await expectWhole(id, before);
  });

  it('SIGSTOP for longer than its lease, then SIGCONT: what it does late bounces off', { timeout: 90_000 }, async () => {
    const { id, before } = await begin();
    first.child.kill('SIGSTOP');
    await until(
      () => eventsOf(id, 'chunk.rescued'),
      (events) => events.length > 0,
    );
    first.child.kill('SIGCONT');
    await expectWhole(id, before);
    const finished = await eventsOf(id, 'chunk.completed');
    expect(new Set(finished.map((event) => event.data.job_id)).size, 'each chunk ended once').toBe(finished.length);
    // It has begun again as a new node.
    const nodes = await until(
      () =>
        cluster.rows<{ count: number }>('SELECT count(*) AS count FROM ocr_nodes WHERE pid = $1 AND lease_until > now()', [
          first.child.pid,
        ]),
      (rows) => rows[0]!.count === 1,
    );
    expect(nodes).toHaveLength(1);
  });

  it('SIGKILL of PostgreSQL: goes on where it was, and no job is lost', { timeout: 60_000 }, async () => {
    const { id, before } = await begin();
    process.kill(cluster.postgres.serverPid!, 'SIGKILL');
    await expectWhole(id, before);
    expect(await eventsOf(id, 'chunk.rescued')).toEqual([]);
    for (const server of [first, second])
      await until(
        () =>
          server.get('/readyz').then(
            () => true,
            () => false,
          ),
        (ok) => ok,
        15_000,
      );
  });
});
