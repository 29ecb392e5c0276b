import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HealthRegistry } from '../../src/health/health-registry.js';
import type { Logs } from '../../src/logging/logs.js';
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
      () => ({ pages: 0, jobs: 0, rss_mb: 0 }),
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
});
