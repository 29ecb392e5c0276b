import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBacklogs } from './backlog.js';
import { BenchServer } from './bench-server.js';
import { measureChurn } from './churn.js';
import { measureFanOut } from './fan-out.js';
import { measureSubmits } from './http-submits.js';
import { bossLatency, graphileLatency, ocrQueueLatency } from './latency.js';
import { percentile, printTable } from './statistics.js';
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

/** 2. From submission to start on an idle queue. */
async function measureLatency(): Promise<void> {
  const rows: string[][] = [];
  const contenders = [
    { probe: ocrQueueLatency, make: (url: string) => new OcrQueue(url) },
    { probe: graphileLatency, make: (url: string) => new Graphile(url, values.peers) },
    { probe: bossLatency, make: (url: string) => new Boss(url, values.peers) },
  ];
  for (const [index, { probe, make }] of contenders.entries()) {
    const url = await server.createDatabase(`latency_${index}`);
    const contender = make(url);
    await contender.install();
    const times = (await probe(url, values.peers, Number(values.samples) + 20)).slice(20);
    rows.push([contender.name, percentile(times, 0.5).toFixed(2), percentile(times, 0.95).toFixed(2)]);
  }
  printTable(`Milliseconds from submission to start, idle, ${values.samples} samples`, ['queue', 'p50', 'p95'], rows);
}
