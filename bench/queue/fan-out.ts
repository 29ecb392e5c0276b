import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { CHANNELS } from '../../src/task-manager/channels.js';
import { insertChunks } from '../../src/task-manager/sql/jobs.sql.js';
import type { BenchServer } from './bench-server.js';
import type { Heard } from './fan-out-clients.js';
import { ProductServer } from './server.js';
import { percentile, printTable } from './statistics.js';

const SOCKETS = 2000;
const SECONDS = 20;
const TASKS = 20;
const PAGES_PER_SECOND = 300;

/** 5. Many watchers of everything while pages are finished fast: how current is each of them? */
export async function measureFanOut(server: BenchServer): Promise<void> {
  const url = await server.createDatabase('fanout');
  const product = await ProductServer.start(url, { OCR_ROLES: 'api' });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const ids = Array.from({ length: TASKS }, () => randomUUID());
  for (const id of ids) {
    await client.query(
      `INSERT INTO ocr_tasks (id, status, priority, sort_key, name, source, options, page_count, pages_total, started_at)
       VALUES ($1, 'running', 'NORMAL', 1, 'fan-out', '{"kind":"path","path":"/x"}', '{}', 100000, 100000, now())`,
      [id],
    );
    await client.query({ ...insertChunks, values: [id, [1], [100000], [100000], 1, 0] });
  }
  const before = residentMegabytes(product.child.pid!);
  const watchers = fork(new URL('./fan-out-clients.ts', import.meta.url), [product.url, String(SOCKETS)], {
    execArgv: process.execArgv,
  });
  await once(watchers, 'message');
  const connected = residentMegabytes(product.child.pid!);

  // The page counts written, by time: a client is as old as the newest count it has heard of.
  const written = new Map<string, [number, number][]>(ids.map((id) => [id, []]));
  const end = Date.now() + SECONDS * 1000;
  for (let tick = 0; Date.now() < end; tick++) {
    const due = Date.now() + 1000 / (PAGES_PER_SECOND / TASKS);
    await client.query(`UPDATE ocr_jobs SET pages_done = pages_done + 1, page_ms = page_ms + 100 WHERE kind = 'chunk'`);
    await client.query('SELECT pg_notify($1, $2)', [CHANNELS.progress, ids.join(',')]);
    for (const id of ids) written.get(id)!.push([Date.now(), tick + 1]);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())));
  }
  watchers.send('report');
  const [heard] = (await once(watchers, 'message')) as [Heard[]];
  // How long after a count was written did each client hear of it, or of a later one?
  const delays = heard.flatMap(({ times }) => ids.flatMap((id) => delaysOf(written.get(id)!, times[id] ?? [])));
  printTable(
    `${SOCKETS} sockets on /ws/ocr/all, ${PAGES_PER_SECOND} pages a second in ${TASKS} tasks for ${SECONDS} s`,
    ['delay p50 ms', 'delay p99 ms', 'delay max ms', 'allowed ms', 'KB a client'],
    [
      [
        ...[0.5, 0.99, 1].map((share) => Math.round(percentile(delays, share))),
        750,
        Math.round(((connected - before) * 1024) / SOCKETS),
      ],
    ],
  );
  watchers.kill();
  await client.end();
  await product.stop();
}

function delaysOf(written: [number, number][], heard: [number, number][]): number[] {
  let at = 0;
  const delays: number[] = [];
  for (const [time, count] of written) {
    while (at < heard.length && heard[at]![1] < count) at++;
    if (at < heard.length) delays.push(Math.max(0, heard[at]![0] - time));
  }
  return delays;
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
