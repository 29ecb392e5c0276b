import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PRIORITIES } from '../../src/task-manager/task.types.js';
import { randomFrom } from '../support/marked-documents.js';
import { until } from '../support/server-process.js';
import { Cluster } from './cluster.js';

/** Seconds of disturbance; `npm run test:chaos` makes it minutes. */
const SECONDS = Number(process.env.OCR_CHAOS_SECONDS ?? 15);
const SEED = process.env.OCR_CHAOS_SEED ?? String(Date.now() % 100_000);
const DOCUMENTS = SECONDS < 60 ? 10 : 40;
const SERVERS = 3;

let cluster: Cluster;
const random = randomFrom(SEED);
const below = (limit: number) => Math.floor(random() * limit);
const done: Record<string, number> = {};

beforeAll(async () => {
  // A page may be in work at many kills in a row, by no fault of its own.
  cluster = await Cluster.start({ OCR_MAX_STALLS: '20', OCR_SHUTDOWN_GRACE: '1', OCR_OCR_SLOTS: '2', OCR_CHUNK_SIZE: '4' });
}, 60_000);
afterAll(() => cluster.close());

/**
 * Three servers, one database, forty documents (ten in the short run of `npm test`) of mixed priority, and every few seconds something is killed, stopped or cut:
 * at the end every document is complete, its text the same to the byte as without any disturbance.
 */
it(`loses nothing in ${SECONDS} s of kills`, { timeout: (SECONDS + 400) * 1000 }, async () => {
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({ name: `chaos-${n}.pdf`, pages: 1 + below(16) }));
  for (const { name, pages } of documents) await cluster.addDocument(name, pages);
  for (let n = 0; n < SERVERS; n++) await cluster.addServer();
  const undisturbed = await readAll(documents.map(({ name }) => name));
  const pages = documents.reduce((sum, document) => sum + document.pages, 0);
  cluster.engine.readings.clear();
  // All slots together need about the time of the disturbance for all pages.
  cluster.engine.delay = Math.min(4000, ((SECONDS * 1000) / pages) * SERVERS * 2);

  const started = Date.now();
  const ids: string[] = [];
  const submitting = (async () => {
    for (const { name } of documents) {
      ids.push(await cluster.submit(name, { priority: PRIORITIES[below(4)] }));
      await sleep((SECONDS * 500) / DOCUMENTS);
    }
  })();
  while (Date.now() - started < SECONDS * 1000) {
    await sleep(1500 + below(2500));
    await disturb();
  }
  await submitting;
  cluster.engine.delay = 0;
  for (const id of ids) await cluster.completed(id, 120_000);
  const settled = Date.now() - started;

  for (const [n, { name }] of documents.entries()) expect(await cluster.textOf(ids[n]!), name).toBe(undisturbed.get(name));
  await until(
    () => cluster.broken(),
    (broken) => Object.keys(broken).length === 0,
    15_000,
  );
  await until(
    () => cluster.orphans(),
    (files) => files.length === 0,
    45_000,
  );
  const readings = [...cluster.engine.readings.values()].reduce((sum, count) => sum + count, 0);
  const [{ rescued } = { rescued: 0 }] = await cluster.rows<{ rescued: number }>(
    `SELECT count(*) AS rescued FROM ocr_events WHERE type LIKE '%.rescued'`,
  );
  const deeds = Object.entries(done).map(([deed, times]) => `${times} x ${deed}`);
  console.log(
    [
      `Chaos, seed ${SEED}: ${SECONDS} s, ${SERVERS} servers, ${DOCUMENTS} documents, ${pages} pages.`,
      `Done to them: ${deeds.join(', ')}.`,
      `All ${ids.length} tasks completed after ${(settled / 1000).toFixed(0)} s; every text as undisturbed.`,
      `${readings} readings for ${pages} pages (${readings - pages} were under way at a kill); ${rescued} jobs rescued.`,
      'Nothing claimed, no rule broken, no file left over.',
    ].join('\n'),
  );
});

/** The texts of documents, read by undisturbed servers. */
async function readAll(names: string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const ids = await Promise.all(names.map((name) => cluster.submit(name)));
  for (const [n, id] of ids.entries()) {
    await cluster.completed(id, 240_000);
    texts.set(names[n]!, await cluster.textOf(id));
  }
  return texts;
}

async function disturb(): Promise<void> {
  const deeds = {
    'SIGKILL a server': 4,
    'SIGTERM a server': 2,
    'SIGSTOP a server for 11 s': 1,
    'SIGKILL PostgreSQL': 2,
    'cut all connections': 1,
  };
  const bag = Object.entries(deeds).flatMap(([deed, weight]) => Array.from({ length: weight }, () => deed));
  const deed = bag[below(bag.length)]!;
  done[deed] = (done[deed] ?? 0) + 1;
  const at = below(SERVERS);
  const server = cluster.servers[at]!;
  if (deed === 'SIGKILL PostgreSQL')
    process.kill(cluster.postgres.serverPid ?? process.pid, cluster.postgres.serverPid ? 'SIGKILL' : 0);
  else if (deed === 'cut all connections') await cutAll();
  else if (deed.startsWith('SIGSTOP')) {
    server.child.kill('SIGSTOP');
    await sleep(11_000);
    server.child.kill('SIGCONT');
  } else {
    await server.end(deed.startsWith('SIGKILL') ? 'SIGKILL' : 'SIGTERM');
    cluster.servers.splice(at, 1);
    await cluster.addServer();
  }
}

function cutAll(): Promise<unknown> {
  const statement = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ocr-queue%' AND pid <> pg_backend_pid()`;
  return cluster.rows(statement);
}
