import { Subject } from 'rxjs';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { pino } from 'pino';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { Database } from '../../src/database/database.js';
import { Listener } from '../../src/database/listener.js';
import { Notifier } from '../../src/database/notifier.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
import { DirectClaims } from '../../src/queue-manager/direct-claims.js';
import { Dispatcher } from '../../src/queue-manager/dispatcher.js';
import type { JobRunner } from '../../src/queue-manager/job-runner.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import { QueueManager } from '../../src/queue-manager/queue-manager.js';
import type { Claim } from '../../src/task-manager/claim.js';
import { LiveSettings } from '../../src/task-manager/live-settings.js';
import { ChunkEnds } from '../../src/task-manager/chunk-ends.js';
import { Settlement } from '../../src/task-manager/settlement.js';
import type { TaskEvents } from '../../src/task-manager/task-events.js';
import { load, type GraphileWorker, type PgBossModule } from './peers.js';

/** Milliseconds between two submissions: the queue is idle when the next one comes. */
const PAUSE = 25;

/** Milliseconds from the call that submits to the start of the work, one job at a time on an idle queue. */
export type LatencyProbe = (url: string, folder: string, samples: number) => Promise<number[]>;

async function sampled(samples: number, submit: () => Promise<unknown>, started: Subject<void>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < samples; n++) {
    const asked = performance.now();
    const begun = new Promise<number>((resolve) => {
      const one = started.subscribe(() => {
        one.unsubscribe();
        resolve(performance.now() - asked);
      });
    });
    await submit();
    times.push(await begun);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return times;
}

/** Our own: the product's submit, notification and dispatcher; the work itself is nothing. */
export const ocrQueueLatency: LatencyProbe = async (url, _folder, samples) => {
  const settings = loadSettings({ database_url: url }, {}, tmpdir());
  const silent = pino({ level: 'silent' });
  const logs = { queue: silent, tasks: silent, api: silent } as unknown as Logs;
  const database = new Database({ url }, { poolSize: 10, log: silent });
  const notifier = new Notifier({ url }, silent);
  const listener = new Listener({ url }, silent);
  const live = new LiveSettings(database, notifier, listener, settings, logs);
  const hands = new DirectClaims();
  const queue = new QueueManager(database, notifier, live, hands);
  const settlement = new Settlement(database, notifier, logs, new ChunkEnds(database, notifier, logs), settings);
  const started = new Subject<void>();
  const run = async (claim: Claim) => {
    started.next();
    await settlement.failed(claim, new OcrError('damaged_document'));
    return undefined;
  };
  const runner = { run, giveBack: async () => {}, canKeepWork: true } as unknown as JobRunner;
  const lease = new NodeLease(database, settings, logs, new HealthRegistry());
  const events = { events: new Subject() } as unknown as TaskEvents;
  const dispatcher = new Dispatcher(
    database,
    lease,
    runner,
    events,
    notifier,
    logs,
    listener,
    { slots: 2 } as BaseOcr,
    hands,
    settings,
  );
  await dispatcher.start();
  await listener.ready();
  const submit = () =>
    queue.submit({
      name: 'bench',
      source: { kind: 'path', path: '/x' },
      priority: 'NORMAL',
      metadata: {},
      options: { ocr_provider: 'tesseract', language: 'eng', chunk_size: 5, mode: 'skip_text', formats: ['pdf'] },
    });
  const times = await sampled(samples, submit, started);
  await dispatcher.stop();
  await Promise.all([listener.close(), notifier.close()]);
  await database.close();
  return times;
};

/** What this machine takes to write one row and wait for the disk, as often: no queue can be quicker than this and a claim. */
export const commitLatency: LatencyProbe = async (url, _folder, samples) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE rows (id int)');
  const written = new Subject<void>();
  const write = () => client.query({ name: 'write', text: 'INSERT INTO rows VALUES (1)' }).then(() => written.next());
  const times = await sampled(samples, write, written);
  await client.end();
  return times;
};

export const graphileLatency: LatencyProbe = async (url, folder, samples) => {
  const { run, Logger } = await load<GraphileWorker>(folder, 'graphile-worker');
  const started = new Subject<void>();
  const pgPool = new pg.Pool({ connectionString: url, max: 10 });
  pgPool.on('error', () => {});
  const logger = new Logger(() => () => {});
  const taskList = { noop: async () => started.next() };
  const runner = await run({ pgPool, concurrency: 2, noHandleSignals: true, pollInterval: 1000, taskList, logger });
  const times = await sampled(samples, () => runner.addJob('noop', {}), started);
  await runner.stop();
  await pgPool.end();
  return times;
};

export const bossLatency: LatencyProbe = async (url, folder, samples) => {
  const { PgBoss } = await load<PgBossModule>(folder, 'pg-boss');
  const boss = new PgBoss({ connectionString: url, max: 10, supervise: false, schedule: false, useListenNotify: true });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('latency', { notify: true });
  const started = new Subject<void>();
  await boss.work('latency', { pollingIntervalSeconds: 0.5 }, async () => started.next());
  const times = await sampled(samples, () => boss.send('latency', {}), started);
  await boss.stop({ graceful: false });
  return times;
};
