import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBacklogs } from './backlog.js';
import { BenchServer } from './bench-server.js';
import { measureChurn } from './churn.js';
import { measureFanOut } from './fan-out.js';
import { measureSubmits } from './http-submits.js';
import { bossLatency, commitLatency, graphileLatency, ocrQueueLatency } from './latency.js';
import { median, percentile, printTable } from './statistics.js';
import { measureThroughput } from './throughput.js';
import { OcrQueue } from './ocr-queue.js';
import { Boss, Graphile } from './peers.js';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '' },
    only: { type: 'string', default: 'throughput,latency,submits,backlogs,fan-out,churn' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    backlogs: { type: 'string', default: '10000,1000000' },
    samples: { type: 'string', default: '300' },
    jobs: { type: 'string', default: '1000000' },
  },
});
const wanted = values.only.split(',');
const server = await BenchServer.start();
console.log(`PostgreSQL ${await server.version()}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`);
try {
  if (wanted.includes('throughput')) {
    const backlogs = values.backlogs.split(',').map(Number);
    await measureThroughput(server, values.peers, { rounds: Number(values.rounds), seconds: Number(values.seconds), backlogs });
  }
  if (wanted.includes('latency')) await measureLatency();
  if (wanted.includes('submits')) await measureSubmits(server);
  if (wanted.includes('backlogs')) await measureBacklogs(server);
  if (wanted.includes('fan-out')) await measureFanOut(server);
  if (wanted.includes('churn')) await measureChurn(server, Number(values.jobs));
} finally {
  await server.stop();
}

/** 2. From submission to start on an idle queue, the contenders in turn. */
async function measureLatency(): Promise<void> {
  const contenders = [
    { probe: ocrQueueLatency, contender: (url: string) => new OcrQueue(url), times: [] as number[][] },
    { probe: graphileLatency, contender: (url: string) => new Graphile(url, values.peers), times: [] as number[][] },
    { probe: bossLatency, contender: (url: string) => new Boss(url, values.peers), times: [] as number[][] },
  ];
  const floor: number[][] = [];
  const names = new Map<object, string>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, entry] of contenders.entries()) {
      const url = await server.createDatabase(`latency_${index}_${round}`);
      const contender = entry.contender(url);
      names.set(entry, contender.name);
      await contender.install();
      entry.times.push((await entry.probe(url, values.peers, Number(values.samples) + 20)).slice(20));
    }
    floor.push(
      (
        await commitLatency(await server.createDatabase(`latency_floor_${round}`), values.peers, Number(values.samples) + 20)
      ).slice(20),
    );
  }
  const of = (times: number[][], share: number) => median(times.map((round) => percentile(round, share)));
  const [ours] = contenders;
  const row = (name: string, times: number[][]) => {
    const [p50, p95] = [of(times, 0.5), of(times, 0.95)];
    return [name, p50.toFixed(2), p95.toFixed(2), `${(p50 / of(ours!.times, 0.5)).toFixed(2)}x`];
  };
  printTable(
    `Milliseconds from submission to start, idle, median of ${values.rounds} rounds of ${values.samples} samples`,
    ['queue', 'p50', 'p95', 'p50 / ours'],
    [...contenders.map((entry) => row(names.get(entry)!, entry.times)), row('a row written and nothing else', floor)],
  );
}
