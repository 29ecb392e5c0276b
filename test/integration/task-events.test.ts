import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Listener } from '../../src/database/listener.js';
import type { Logs } from '../../src/logging/logs.js';
import { TaskEvents } from '../../src/task-manager/task-events.js';
import { QueueHarness } from '../support/queue-harness.js';

describe('the tail of the events', () => {
  let queue: QueueHarness;
  let listener: Listener;
  beforeEach(async () => {
    queue = await QueueHarness.start();
    listener = new Listener(queue.database.connection, pino({ level: 'silent' }));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await listener.close();
    await queue.close();
  });

  it('tells of events that bear the ids of those a crash of the database took', async () => {
    const logs = { queue: pino({ level: 'silent' }) } as unknown as Logs;
    const events = new TaskEvents(queue.database, listener, queue.settings, logs);
    const told: string[] = [];
    events.events.subscribe((event) => told.push(event.task_id));
    await queue.submit();
    await events.runOnce();
    const before = [await queue.submit(), await queue.submit(), await queue.submit()];
    await events.runOnce();
    expect(told).toEqual(before);

    // The last two were not yet on the disk; nor was it that their ids had been drawn.
    await queue.database.query('DELETE FROM ocr_tasks WHERE id = ANY ($1::uuid[])', [before.slice(1)]);
    await queue.database.query('DELETE FROM ocr_events WHERE task_id = ANY ($1::uuid[])', [before.slice(1)]);
    await queue.database.query(`SELECT setval(pg_get_serial_sequence('ocr_events', 'id'), (SELECT max(id) FROM ocr_events))`);
    vi.spyOn(queue.database, 'query').mockRejectedValueOnce(new Error('away'));
    await expect(events.runOnce()).rejects.toThrow('away');
    await queue.database.query('SELECT pg_sleep(0.005)');
    const after = [await queue.submit(), await queue.submit(), await queue.submit()];
    await events.runOnce();
    expect(told).toEqual([...before, ...after]);
    await events.runOnce();
    expect(told).toHaveLength(6);
  });
});
