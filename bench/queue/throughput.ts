import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import type { Contender } from './contender.js';
import { OcrQueue } from './ocr-queue.js';
import { Boss, Graphile } from './peers.js';

const CONNECTIONS = [1, 4, 16];
const { values } = await import('node:util').then(({ parseArgs }) =>
  parseArgs({
    options: {
      peers: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      backlogs: { type: 'string', default: '10000,1000000' },
      only: { type: 'string' },
    },
  }),
);
const folder = mkdtempSync(join(tmpdir(), 'ocr-bench-'));
const server = await EmbeddedPostgres.start({
  dataDir: folder,
  log: { info: () => {}, warn: console.warn, error: console.error } as never,
});
const admin = new pg.Client({ connectionString: server.url });
await admin.connect();

/** Each queue has a database of its own on the one server. */
const make: Record<string, (url: string) => Contender> = {
  'ocr-queue': (url) => new OcrQueue(url),
  ...(values.peers === undefined
    ? {}
    : { 'graphile-worker': (url) => new Graphile(url, values.peers!), 'pg-boss': (url) => new Boss(url, values.peers!) }),
};
const contenders: { contender: Contender; client: pg.Client }[] = [];
for (const [name, create] of Object.entries(make)) {
  if (values.only !== undefined && values.only !== name) continue;
  const database = `bench_${name.replace('-', '_')}`;
  await admin.query(`CREATE DATABASE ${database}`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const contender = create(url.href);
  await contender.install();
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  contenders.push({ contender, client });
}

console.log(
  `PostgreSQL ${(await admin.query<{ server_version: string }>('SHOW server_version')).rows[0]!.server_version}, Node ${process.version}`,
);
for (const backlog of values.backlogs.split(',').map(Number)) {
  const results = new Map<string, number[]>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const connections of CONNECTIONS) {
      for (const { contender, client } of contenders) {
        await contender.fill(client, backlog);
        await client.query('VACUUM ANALYZE');
        await admin.query('CHECKPOINT');
        const rate = (await contender.work(connections, Number(values.seconds) * 1000)) / Number(values.seconds);
        const key = `${contender.name}|${connections}`;
        results.set(key, [...(results.get(key) ?? []), rate]);
      }
    }
  }
  console.log(`\n${backlog} waiting; claim + settle pairs per second, median of ${values.rounds} rounds`);
  console.log(`| queue | ${CONNECTIONS.map((n) => `${n} connection${n > 1 ? 's' : ''}`).join(' | ')} |`);
  for (const { contender } of contenders) {
    const cells = CONNECTIONS.map((n) => Math.round(median(results.get(`${contender.name}|${n}`)!)));
    console.log(`| ${contender.name} | ${cells.join(' | ')} |`);
  }
}
for (const { client } of contenders) await client.end();
await admin.end();
await server.stop();
rmSync(folder, { recursive: true, force: true });

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
