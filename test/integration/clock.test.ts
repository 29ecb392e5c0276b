import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/database/database.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
import { DatabaseClock } from '../../src/queue-manager/database-clock.js';
import { NodeLease } from '../../src/queue-manager/node-lease.js';
import { QueueHarness } from '../support/queue-harness.js';

/** Leases go by the database's clock and the node's monotonic one: the node's wall clock may jump. */
describe('a node lease', () => {
  let queue: QueueHarness;
  let lease: NodeLease;
  let lost = 0;

  beforeEach(async () => {
    lost = 0;
    queue = await QueueHarness.start();
    const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;
    lease = new NodeLease(queue.database, queue.settings, logs, new HealthRegistry());
    await lease.start(
      () => ({ pages: 0, jobs: 0, rss_mb: 0, attempt_seconds: 300 }),
      () => lost++,
    );
  });
  afterEach(async () => {
    vi.useRealTimers();
    await lease.stop();
    await queue.close();
  });

  it.each([-1, 1])('holds when the wall clock jumps by %i years', async (years) => {
    const id = lease.nodeId!;
    await queue.submit();
    const claim = await queue.mustClaim(id);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + years * 365 * 86_400_000 });
    await lease.runOnce();
    expect(await queue.rescuer.runOnce()).toBe(0);
    expect([lease.nodeId, lost]).toEqual([id, 0]);
    await queue.settlement.prepared(claim, { documentKey: 'key', pageCount: 1 });
  });

  it('is over when the database says so: the node drops its work and is a new one', async () => {
    const id = lease.nodeId!;
    await queue.database.query(`UPDATE ocr_nodes SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
    await lease.runOnce();
    expect(lost).toBe(1);
    expect(lease.nodeId).toBeDefined();
    expect(lease.nodeId).not.toBe(id);
  });

  it(
    'is not prolonged by a renewal that comes through when the node is over: its jobs are free at once',
    { timeout: 30_000 },
    async () => {
      const id = lease.nodeId!;
      await queue.submit();
      const claim = await queue.mustClaim(id);
      // Renewals wait for the row until the node has counted its lease out. They were asked for while it held, so each holds it for longer.
      const elsewhere = new Database(queue.database.connection, { poolSize: 1, log: pino({ level: 'silent' }) });
      await elsewhere.transaction(async (tx) => {
        await tx.query('SELECT FROM ocr_nodes WHERE id = $1 FOR UPDATE', [id]);
        await vi.waitFor(() => expect(lost).toBe(1), 15_000);
      });
      await elsewhere.close();
      await vi.waitFor(() => expect(lease.nodeId).toBeDefined(), 10_000);
      expect(lease.nodeId).not.toBe(id);
      expect(await queue.rescuer.runOnce()).toBe(1);
      expect((await queue.mustClaim(lease.nodeId!)).jobId).toBe(claim.jobId);
    },
  );
});

/** The database's own clock is moved by functions that stand before those of PostgreSQL in the search path of its sessions. */
describe('a clock of the database that goes back an hour', () => {
  const HOUR = 3600;
  let queue: QueueHarness;
  let clock: DatabaseClock;

  beforeEach(async () => {
    queue = await QueueHarness.start({ retry_backoff: 60 });
    await queue.database.query('CREATE SCHEMA moved');
    await queue.database.query('CREATE TABLE moved.clock AS SELECT 0 AS seconds');
    for (const name of ['now', 'clock_timestamp']) {
      await queue.database.query(`CREATE FUNCTION moved.${name}() RETURNS timestamptz STABLE LANGUAGE sql AS
        'SELECT pg_catalog.${name}() + make_interval(secs => seconds) FROM moved.clock'`);
    }
    const { rows } = await queue.database.query<{ name: string }>('SELECT current_database() AS name');
    await queue.database.query(`ALTER DATABASE ${rows[0]!.name} SET search_path = moved, pg_catalog, public`);
    await queue.database
      .query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()')
      .catch(() => {});
    const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;
    clock = new DatabaseClock(queue.database, logs);
  });
  afterEach(() => queue.close());

  const move = (seconds: number) => queue.database.query('UPDATE moved.clock SET seconds = $1', [seconds]);

  it('holds up neither what waits, nor the rescue of lost nodes, nor a circuit', { timeout: 30_000 }, async () => {
    const node = await queue.node();
    const dead = await queue.node(1);
    const lost = await queue.submit();
    await queue.mustClaim(dead);
    const waiting = await queue.submit();
    for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    await clock.runOnce();
    await move(-HOUR);
    expect(await queue.claim(node), 'this is what would be').toBeUndefined();

    await clock.runOnce();
    expect((await queue.mustClaim(node)).task.id).toBe(waiting);
    await vi.waitFor(async () => expect(await queue.rescuer.runOnce()).toBe(1), 10_000);
    expect((await queue.mustClaim(node)).task.id).toBe(lost);
    const { rows } = await queue.database.query<{ left: number }>(
      'SELECT extract(epoch FROM open_until - now())::float8 AS left FROM ocr_circuits',
    );
    expect(rows[0]!.left).toBeLessThan(60);
  });

  it('puts what waits behind nothing that comes later', async () => {
    const waiting = [await queue.submit(), await queue.submit({ tenant: 'a' })];
    await clock.runOnce();
    await move(-HOUR);
    await clock.runOnce();
    const later = await queue.submit();
    const { rows } = await queue.database.query<{ id: string }>('SELECT id FROM ocr_tasks ORDER BY sort_key, id');
    expect(rows.map(({ id }) => id)).toEqual([...waiting, later]);
  });

  it('puts nobody back for the hour that comes again', async () => {
    await queue.submit({ tenant: 'a' });
    await clock.runOnce();
    await move(-HOUR);
    await clock.runOnce();
    const later = await queue.submit({ tenant: 'a' });
    const { rows } = await queue.database.query<{ delay: number }>(
      'SELECT fair_delay::int AS delay FROM ocr_tasks WHERE id = $1',
      [later],
    );
    expect(rows[0]!.delay).toBeLessThan(60_000);
  });

  it('does not put off the telling that no worker is there', async () => {
    await queue.database.query(`INSERT INTO ocr_settings (name, value) VALUES ('worker_seen_at', to_jsonb(now()))`);
    await clock.runOnce();
    await move(-HOUR);
    await clock.runOnce();
    const { rows } = await queue.database.query<{ ahead: number }>(
      `SELECT extract(epoch FROM (value #>> '{}')::timestamptz - now())::float8 AS ahead FROM ocr_settings WHERE name = 'worker_seen_at'`,
    );
    expect(rows[0]!.ahead).toBeLessThan(60);
  });

  it('does not put off what is to be sent to webhooks', async () => {
    const id = await queue.submit({ options: { webhook_url: 'http://host/', webhook_events: ['task.cancelled'] } });
    await queue.tasks.cancel(id);
    await clock.runOnce();
    await move(-HOUR);
    const due = async () =>
      (await queue.database.query('SELECT FROM ocr_webhook_deliveries WHERE next_attempt_at <= now()')).rowCount;
    expect(await due(), 'this is what would be').toBe(0);
    await clock.runOnce();
    expect(await due()).toBe(1);
  });

  it('is noticed once, and a backoff lasts where nothing jumped', async () => {
    await clock.runOnce();
    await queue.submit();
    const node = await queue.node();
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('url_fetch_failed', { retryAfter: 3600 }));
    await clock.runOnce();
    await move(2);
    await clock.runOnce();
    expect(await queue.claim(node)).toBeUndefined();
  });
});
