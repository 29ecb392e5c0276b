import { once } from 'node:events';
import { pino } from 'pino';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { Listener } from '../../src/database/listener.js';
import { Notifier } from '../../src/database/notifier.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
import { DirectClaims } from '../../src/queue-manager/direct-claims.js';
import { Dispatcher } from '../../src/queue-manager/dispatcher.js';
import type { JobRunner, JobSurroundings } from '../../src/queue-manager/job-runner.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import { QueueManager, type Submission } from '../../src/queue-manager/queue-manager.js';
import type { Claim } from '../../src/task-manager/claim.js';
import type { TaskEvents } from '../../src/task-manager/task-events.js';
import { CHANNELS } from '../../src/task-manager/channels.js';
import { brokenInvariants } from '../support/invariants.js';
import { QueueHarness } from '../support/queue-harness.js';

const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { timeout: 30_000 });

/** The dispatcher on a real queue; what a job's work is, the test says. */
describe('the dispatcher', () => {
  let queue: QueueHarness;
  let stop: () => Promise<void>;
  let gaveBack: string[] = [];
  let answersLost: string | undefined;
  let ahead: number;
  beforeEach(() => {
    [gaveBack, answersLost, ahead] = [[], undefined, 0];
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  });
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
      giveBack: async ({ token }: { token: string }) => void gaveBack.push(token),
      canKeepWork: true,
      attemptSeconds: 1800,
    } as unknown as JobRunner;
    const lease = new NodeLease(queue.database, queue.settings, logs, new HealthRegistry());
    const events = { events: new Subject() } as unknown as TaskEvents;
    const ocr = { slots: 1 } as BaseOcr;
    const hands = new DirectClaims();
    const dispatcher = new Dispatcher(
      queue.database,
      lease,
      runner,
      events,
      notifier,
      logs,
      listener,
      ocr,
      hands,
      queue.settings,
    );
    const claims: { kinds: string[]; behind: unknown }[] = [];
    const query = queue.database.query.bind(queue.database);
    vi.spyOn(queue.database, 'query').mockImplementation((async (statement: { name?: string }, values: unknown[]) => {
      const answer = await query(statement as never, values);
      if (statement.name === 'ocr_claim_job') claims.push({ kinds: values[2] as string[], behind: values[5] });
      if (statement.name !== undefined && statement.name === answersLost) throw new Error('Connection terminated');
      return answer;
    }) as never);
    stop = async () => {
      await dispatcher.stop();
      await Promise.all([listener.close(), notifier.close()]);
    };
    await listener.ready();
    const manager = new QueueManager(queue.database, notifier, queue.live, hands);
    const submit = async (more: Partial<Submission> = {}) => (await manager.submit({ ...queue.submission(), ...more })).taskId;
    return { claims, notifier, listener, submit, audit: () => dispatcher.auditOnce(), begin: () => dispatcher.start() };
  }

  /** Notes the claim, and is at work on it until it is stopped. */
  const workOn = (taken: Claim[]) => async (claim: Claim, around: JobSurroundings) => {
    taken.push(claim);
    await once(around.stop, 'abort');
  };

  /** Passes, for the process, more time than lies between submissions that come together. */
  const passTime = () => (ahead += 20);

  it('tells with its heartbeat how long it gives an attempt, for those who judge its jobs from outside', async () => {
    const { begin } = await start({}, workOn([]));
    await begin();
    const told = `SELECT FROM ocr_nodes WHERE load @> '{"attempt_seconds": 1800}'`;
    await until(async () => (await queue.database.query(told)).rowCount === 1);
  });

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

  it('takes what is submitted to its own node with the submission, where nothing waits', async () => {
    const work: Claim[] = [];
    const { claims, submit, begin } = await start({ poll_interval: 60, shutdown_grace: 0 }, workOn(work));
    await begin();
    await until(() => claims.length === 1);
    const id = await submit({ password: 'secret' });
    await until(() => work.length === 1);
    expect(work[0]).toMatchObject({
      kind: 'prepare',
      attempt: 1,
      task: { id, run: 1, name: 'document.pdf', password: 'secret' },
    });
    const { rows } = await queue.database.query<{ type: string }>('SELECT type FROM ocr_events WHERE task_id = $1 ORDER BY id', [
      id,
    ]);
    expect(rows.map(({ type }) => type)).toEqual(['task.queued', 'task.started', 'prepare.started']);
    expect(claims.length).toBe(1);
    expect(await brokenInvariants(queue.database, false)).toEqual({});
    // It is a claim like others: what it leads to is written down.
    await queue.settlement.prepared(work[0]!, { documentKey: 'd', pageCount: 3 });
    await until(() => work.length === 2);
  });

  it('leaves a submission to the queue that is not its turn, whose provider is down, or for which it has no place', async () => {
    const work: Claim[] = [];
    const { claims, submit, begin } = await start(
      { poll_interval: 60, shutdown_grace: 0, max_concurrent_tasks: 2 },
      workOn(work),
    );
    // Not by the service, which tells everybody to look.
    const setTurns = (turns: number) =>
      queue.database.query(
        `INSERT INTO ocr_settings (name, value) VALUES ('max_concurrent_tasks', to_jsonb($1::int))
         ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
        [turns],
      );
    await setTurns(1);
    await begin();
    await until(() => claims.length === 1);
    // A provider that is down holds its task, whose turn has not come then.
    await queue.database.query(
      `INSERT INTO ocr_circuits (provider, failures, open_until) VALUES ('http', 5, now() + interval '1 hour')`,
    );
    const held = await submit({ options: { ...queue.submission().options, ocr_provider: 'http' } });
    await until(() => claims.length === 2);
    passTime();
    const first = await submit();
    await until(() => work.length === 1);
    expect([work[0]!.task.id, claims.length]).toEqual([first, 2]);
    passTime();
    const second = await submit();
    await until(() => claims.length === 3);
    expect(await statusesOf([held, first, second])).toEqual(['queued', 'running', 'queued']);
    expect(work.length).toBe(1);
    // There are turns for all now, but the second was there before the third, and there are two places.
    await setTurns(5);
    passTime();
    const third = await submit();
    await until(() => work.length === 2);
    passTime();
    const fourth = await submit();
    expect(work.map(({ task }) => task.id)).toEqual([first, second]);
    expect(await statusesOf([third, fourth])).toEqual(['queued', 'queued']);
  });

  it('gives a submission back that it was not told it got', async () => {
    const work: Claim[] = [];
    const { claims, submit, audit, begin } = await start({ poll_interval: 60, shutdown_grace: 0 }, workOn(work));
    await begin();
    await until(() => claims.length > 0);
    answersLost = 'ocr_insert_task_lazily';
    await expect(submit()).rejects.toThrow('Connection terminated');
    for (let look = 0; look < 2; look++) await audit();
    expect(gaveBack.length).toBeGreaterThan(0);
    const { rows } = await queue.database.query<{ token: string }>(
      `SELECT claim_token AS token FROM ocr_jobs WHERE state = 'running'`,
    );
    expect(gaveBack[0]).toEqual(rows[0]!.token);
    expect(work).toEqual([]);
  });

  it('keeps no place for a submission that was there already', async () => {
    const work: Claim[] = [];
    const { claims, submit, begin } = await start({ poll_interval: 60, shutdown_grace: 0 }, workOn(work));
    await begin();
    await until(() => claims.length === 1);
    const idempotency = { key: 'same', request: {} };
    const id = await submit({ idempotency });
    for (let again = 0; again < 3; again++) {
      passTime();
      expect(await submit({ idempotency })).toBe(id);
    }
    passTime();
    const other = await submit();
    await until(() => work.length === 2);
    expect(work.map(({ task }) => task.id)).toEqual([id, other]);
    expect(claims.length).toBe(1);
  });

  it('works on what may take it down alone, when all else it holds has ended', async () => {
    const beside: [string, string][] = [];
    const atWork = new Set<string>();
    const ended: string[] = [];
    const { begin } = await start({ poll_interval: 0.05, max_concurrent_tasks: 2 }, async (claim) => {
      const name = `${claim.task.name} ${claim.kind} ${claim.position}`;
      for (const other of atWork) beside.push([name, other]);
      atWork.add(name);
      await queue.database.query('SELECT pg_sleep(0.03)');
      if (claim.kind === 'merge') await queue.settlement.merged(claim, {});
      else {
        await queue.readPages(claim);
        await queue.settlement.chunkFinished(claim);
      }
      atWork.delete(name);
      ended.push(name);
    });
    const node = await queue.node();
    const long = await queue.submit({ name: 'long' });
    const id = await queue.submit({ name: 'suspected', options: { chunk_size: 1 } });
    for (const [task, pageCount] of [
      [long, 40],
      [id, 3],
    ] as const) {
      const claim = (await queue.claim(node, ['prepare']))!;
      expect(claim.task.id).toBe(task);
      await queue.settlement.prepared(claim, { documentKey: 'd', pageCount });
    }
    await queue.database.query('UPDATE ocr_jobs SET stalls = 2 WHERE task_id = $1', [id]);
    await begin();
    await until(() => ended.filter((name) => name.includes('merge')).length === 2);
    expect(beside.length, 'others are worked on side by side').toBeGreaterThan(0);
    expect(beside.filter((pair) => pair.some((name) => name.startsWith('suspected chunk')))).toEqual([]);
    const last = (of: string) => ended.findLastIndex((name) => name.startsWith(of));
    expect(last('suspected chunk'), 'they do not wait until nothing else does').toBeLessThan(last('long chunk'));
    expect(await brokenInvariants(queue.database)).toEqual({});
  });

  async function statusesOf(ids: readonly string[]): Promise<string[]> {
    const { rows } = await queue.database.query<{ id: string; status: string }>('SELECT id, status FROM ocr_tasks');
    return ids.map((id) => rows.find((row) => row.id === id)!.status);
  }

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
    ahead = 5000;
    const looks = claims.length;
    await until(() => claims.length > looks + 2);
    expect(claims.slice(looks).every(({ kinds }) => !kinds.includes('chunk'))).toBe(true);
    release();
    await until(() => taken.length > 2);
    expect(taken[1]).toBe(first.position);
  });
});
