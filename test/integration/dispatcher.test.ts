import { pino } from 'pino';
import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { Listener } from '../../src/database/listener.js';
import { Notifier } from '../../src/database/notifier.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
import { Dispatcher } from '../../src/queue-manager/dispatcher.js';
import type { JobRunner, JobSurroundings } from '../../src/queue-manager/job-runner.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import type { Claim } from '../../src/task-manager/claim.js';
import type { TaskEvents } from '../../src/task-manager/task-events.js';
import { CHANNELS } from '../../src/task-manager/channels.js';
import { QueueHarness } from '../support/queue-harness.js';

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 30_000 });

/** The dispatcher on a real queue; what a job's work is, the test says. */
describe('the dispatcher', () => {
  let queue: QueueHarness;
  let stop: () => Promise<void>;
  afterEach(async () => {
    vi.restoreAllMocks();
    await stop();
    await queue.close();
  });

  /** Starts one with two places for pages. @returns the kinds its claims asked for, and the position behind which they looked */
  async function start(settings: Record<string, unknown>, work: (claim: Claim, around: JobSurroundings) => Promise<void>) {
    queue = await QueueHarness.start(settings);
    const silent = pino({ level: 'silent' });
    const logs = { queue: silent, tasks: silent } as unknown as Logs;
    const [notifier, listener] = [
      new Notifier(queue.database.connection, silent),
      new Listener(queue.database.connection, silent),
    ];
    const runner = {
      run: async (claim: Claim, around: JobSurroundings) => void (await work(claim, around)),
      placesFor: () => 1,
      giveBack: async () => {},
      canKeepWork: true,
    } as unknown as JobRunner;
    const lease = new NodeLease(queue.database, queue.settings, logs, new HealthRegistry());
    const events = { events: new Subject() } as unknown as TaskEvents;
    const ocr = { slots: 1 } as BaseOcr;
    const dispatcher = new Dispatcher(queue.database, lease, runner, events, notifier, logs, listener, ocr, queue.settings);
    const claims: { kinds: string[]; behind: unknown }[] = [];
    const query = queue.database.query.bind(queue.database);
    vi.spyOn(queue.database, 'query').mockImplementation(((statement: { name?: string }, values: unknown[]) => {
      if (statement.name === 'ocr_claim_job') claims.push({ kinds: values[2] as string[], behind: values[5] });
      return query(statement as never, values);
    }) as never);
    stop = async () => {
      await dispatcher.stop();
      await Promise.all([listener.close(), notifier.close()]);
    };
    await listener.ready();
    return { claims, notifier, listener, begin: () => dispatcher.start() };
  }

  it('does not look again, as its places become free, for what it has not found', async () => {
    const done: string[] = [];
    let meanwhile: number | undefined;
    const { claims, begin } = await start({ poll_interval: 60 }, async (claim, { places, stop: signal }) => {
      if (claim.kind === 'chunk') {
        for (let page = 1; page <= 20; page++) {
          // Each becomes free long enough for a look.
          await places.run(signal, () => Promise.resolve());
          await queue.database.query('SELECT pg_sleep(0.01)');
          if (page === 5) meanwhile = -claims.length;
        }
        meanwhile! += claims.length;
        await queue.settlement.chunkFinished(claim);
      }
      done.push(claim.kind);
    });
    const node = await queue.node();
    await queue.submit();
    await queue.prepare(node, 5);
    await begin();
    await until(() => done.includes('merge'));
    expect(meanwhile).toBe(0);
    // What comes anew is found at once, long before the next poll.
    await queue.submit();
    await until(() => done.includes('prepare'));
  });

  it('looks once for what its own process tells of, and once for what another does', async () => {
    const { claims, notifier, listener, begin } = await start({ poll_interval: 60 }, async () => {});
    let heard = 0;
    await begin();
    listener.on(CHANNELS.jobs, () => heard++);
    await listener.ready();
    await until(() => claims.length === 1);
    notifier.notify(CHANNELS.jobs);
    await until(() => heard === 1);
    await queue.database.query('SELECT pg_sleep(0.05)');
    expect(claims.length).toBe(2);
    // The harness stands for another process: it has a notifier of its own.
    await queue.submit();
    await until(() => claims.length > 2);
  });

  it('looks from the front for a chunk that came back only when it has a place for it', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const taken: number[] = [];
    const { claims, begin } = await start(
      { poll_interval: 0.05, max_concurrent_tasks: 1 },
      async (claim, { places, stop: signal }) => {
        taken.push(claim.position);
        places.expect(0);
        await Promise.all([1, 2].map(() => places.run(signal, () => held)));
        await queue.settlement.chunkFinished(claim);
      },
    );
    const node = await queue.node();
    await queue.submit();
    await queue.prepare(node, 25);
    const first = await queue.mustClaim(node);
    await begin();
    await until(() => taken.length === 1);
    // It waits at the front again.
    await queue.settlement.givenBack(first);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 5000);
    const looks = claims.length;
    await until(() => claims.length > looks + 2);
    expect(claims.slice(looks).every(({ kinds }) => !kinds.includes('chunk'))).toBe(true);
    release();
    await until(() => taken.length > 2);
    expect(taken[1]).toBe(first.position);
  });
});
