import pg from 'pg';
import type { BenchServer } from './bench-server.js';
import type { Contender } from './contender.js';
import { OcrQueue } from './ocr-queue.js';
import { Boss, Graphile } from './peers.js';
import { median, printTable } from './statistics.js';

const CONNECTIONS = [1, 4, 16];
const LARGE = 100_000;

/** 1. Claim + settle pairs per second, in interleaved rounds. */
export async function measureThroughput(
  server: BenchServer,
  peers: string,
  options: { rounds: number; seconds: number; backlogs: readonly number[] },
): Promise<void> {
  const contenders: { contender: Contender; client: pg.Client }[] = [];
  const makers = [
    (url: string) => new OcrQueue(url),
    (url: string) => new Graphile(url, peers),
    (url: string) => new Boss(url, peers),
  ];
  for (const [index, make] of makers.entries()) {
    const url = await server.createDatabase(`throughput_${index}`);
    const contender = make(url);
    await contender.install();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    contenders.push({ contender, client });
  }
  for (const backlog of options.backlogs) {
    const rates = new Map<string, number[]>();
    for (let round = 0; round < options.rounds; round++) {
      for (const { contender, client } of contenders) {
        for (const connections of CONNECTIONS) {
          // A large backlog is filled once a round: what three measurements take of it does not matter.
          if (connections === CONNECTIONS[0] || backlog < LARGE) {
            await contender.fill(client, backlog);
            await client.query('VACUUM ANALYZE');
            await server.admin.query('CHECKPOINT');
          }
          const finished = await contender.work(connections, options.seconds * 1000);
          const key = `${contender.name} ${connections}`;
          rates.set(key, [...(rates.get(key) ?? []), finished / options.seconds]);
        }
      }
    }
    const best = (connections: number) => median(rates.get(`ocr-queue ${connections}`)!);
    const rows = contenders.map(({ contender: { name } }) => [
      name,
      ...CONNECTIONS.map((n) => {
        const rate = median(rates.get(`${name} ${n}`)!);
        return name === 'ocr-queue' ? String(Math.round(rate)) : `${Math.round(rate)} (${(best(n) / rate).toFixed(2)}x)`;
      }),
    ]);
    const head = ['queue', ...CONNECTIONS.map((n) => `${n} conn.`)];
    printTable(`Claim + settle pairs per second, ${backlog} waiting, median of ${options.rounds} (ours / theirs)`, head, rows);
  }
  for (const { client } of contenders) await client.end();
}
