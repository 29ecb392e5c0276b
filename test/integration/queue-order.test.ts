import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OcrError } from '../../src/errors/ocr-error.js';
import { FAIR_COST } from '../../src/task-manager/sort-key.js';
import { QueueHarness } from '../support/queue-harness.js';

const CODE = (code: string) => expect.objectContaining({ code });

describe('order, sharing and bulk', () => {
  let queue: QueueHarness;
  let node: string;

  beforeEach(async () => {
    queue = await QueueHarness.start({ max_concurrent_tasks: 1 });
    node = await queue.node();
  });
  afterEach(() => queue.close());

  /** The order tasks would be prepared in. */
  const order = async (): Promise<string[]> => {
    const names: string[] = [];
    for (let claim = await queue.claim(node); claim !== undefined; claim = await queue.claim(node)) {
      names.push(claim.task.name);
      await queue.settlement.failed(claim, new OcrError('damaged_document'));
    }
    return names;
  };

  it('moves a task whose priority is changed to where it would stand with it', async () => {
    const [, second] = [await queue.submit({ name: 'first' }), await queue.submit({ name: 'second', priority: 'LOW' })];
    await queue.tasks.setPriority(second, 'HIGH');
    expect(await order()).toEqual(['second', 'first']);
    await expect(queue.tasks.setPriority(second, 'LOW')).rejects.toEqual(CODE('invalid_transition'));
  });

  it('serves LOW under endless HIGH that comes twice as fast as it is done', async () => {
    const fiveMinutesPass = () => queue.database.query('UPDATE ocr_tasks SET sort_key = sort_key - 300000');
    await queue.submit({ name: 'low', priority: 'LOW' });
    const served: string[] = [];
    for (let step = 1; step <= 40 && !served.includes('low'); step++) {
      await fiveMinutesPass();
      for (let n = 0; n < 2; n++) await queue.submit({ name: 'high', priority: 'HIGH' });
      const claim = await queue.mustClaim(node);
      served.push(claim.task.name);
      await queue.settlement.failed(claim, new OcrError('damaged_document'));
    }
    // An hour after it came it stands before every HIGH that came later: those of the hour, 24, are done at one in 5 minutes.
    expect(served).toContain('low');
    expect(served.length).toBeGreaterThan(20);
  });

  it('lets tenants share: one with much in the queue does not stand before one with little', async () => {
    for (let n = 1; n <= 4; n++) await queue.submit({ name: `big ${n}`, tenant: 'big' });
    for (let n = 1; n <= 2; n++) await queue.submit({ name: `small ${n}`, tenant: 'small' });
    expect(await order()).toEqual(['big 1', 'small 1', 'big 2', 'small 2', 'big 3', 'big 4']);
  });

  /** As if what the tenants have unfinished had been counted long ago. */
  const timePasses = () => queue.database.query(`UPDATE ocr_tenants SET counted_at = now() - interval '1 hour'`);

  it('puts a tenant back for what it has unfinished, not for what is done', async () => {
    const many = Array.from({ length: 1000 }, () => queue.submission({ name: 'done', tenant: 'a', priority: 'LOW' }));
    await queue.queue.submitBatch({ submissions: many });
    await queue.database.query(`UPDATE ocr_tasks SET status = 'completed', finished_at = now() WHERE id NOT IN
      (SELECT id FROM ocr_tasks ORDER BY sort_key DESC LIMIT 3)`);
    await timePasses();
    await queue.submit({ name: 'b low', tenant: 'b', priority: 'LOW' });
    const urgent = await queue.submit({ name: 'a high', tenant: 'a', priority: 'HIGH' });
    // As far as three tasks put it back, also when its priority is changed.
    const { rows } = await queue.database.query<{ fair_delay: number }>('SELECT fair_delay FROM ocr_tasks WHERE id = $1', [
      urgent,
    ]);
    expect(rows[0]!.fair_delay).toBe(3 * FAIR_COST);
    await queue.submit({ name: 'a next', tenant: 'a', priority: 'HIGH' });
    await queue.tasks.setPriority(urgent, 'LOW');
    await queue.tasks.setPriority(urgent, 'HIGH');
    expect((await order()).slice(0, 3)).toEqual(['a high', 'a next', 'b low']);
  });

  it('keeps a tenant with much unfinished back', async () => {
    const many = Array.from({ length: 200 }, () => queue.submission({ name: 'much', tenant: 'a' }));
    await queue.queue.submitBatch({ submissions: many });
    await timePasses();
    for (let n = 0; n < 3; n++) await queue.submit({ name: 'more', tenant: 'a' });
    const { rows } = await queue.database.query<{ fair_delay: number }>(
      `SELECT fair_delay FROM ocr_tasks WHERE name = 'more' ORDER BY id`,
    );
    for (const [n, { fair_delay }] of rows.entries()) {
      expect(fair_delay).toBeGreaterThan((199 + n) * FAIR_COST - 60_000);
      expect(fair_delay).toBeLessThanOrEqual((200 + n) * FAIR_COST);
    }
    const counted = await queue.database.query<{ at: boolean }>(
      `SELECT counted_at > now() - interval '1 minute' AS at FROM ocr_tenants`,
    );
    expect(counted.rows).toEqual([{ at: true }]);
  });

  it.each(['one by one', 'all at once'] as const)('lets tenants share what is sent through again, %s', async (how) => {
    const failed: string[] = [];
    for (let n = 0; n < 3; n++) failed.push(await queue.submit({ name: 'big', tenant: 'big' }));
    expect(await order()).toHaveLength(3);
    await timePasses();
    if (how === 'one by one') for (const id of failed) await queue.tasks.retry(id);
    else await queue.bulk.run({ action: 'retry', filter: { tenant: 'big' }, max: 10, dryRun: false });
    const { rows } = await queue.database.query<{ fair_delay: number }>('SELECT fair_delay FROM ocr_tasks ORDER BY fair_delay');
    // The first stands back for nothing: what had failed does not count.
    expect(rows[0]!.fair_delay).toBe(0);
    expect(rows[2]!.fair_delay).toBeGreaterThan(FAIR_COST);
    for (let n = 0; n < 2; n++) await queue.submit({ name: 'small', tenant: 'small' });
    await queue.submit({ name: 'big, new', tenant: 'big' });
    // What comes after stands behind what was sent through again, and a change of priority keeps that.
    for (const priority of ['LOW', 'NORMAL'] as const)
      await queue.bulk.run({ action: 'set_priority', priority, filter: {}, max: 10, dryRun: false });
    expect(await order()).toEqual(['big', 'small', 'big', 'small', 'big', 'big, new']);
  });

  /** Does something on a node whose clock is wrong. */
  const atHour = async <T>(hours: number, work: () => Promise<T>): Promise<T> => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    return work().finally(() => vi.useRealTimers());
  };

  it('goes by the clock of the database: nodes whose own are wrong put their tasks neither back nor forward', async () => {
    await atHour(24, () => queue.submit({ name: 'of tomorrow', tenant: 'a' }));
    await queue.submit({ name: 'a high', tenant: 'a', priority: 'HIGH' });
    await queue.submit({ name: 'b low', tenant: 'b', priority: 'LOW' });
    await queue.submit({ name: 'b next', tenant: 'b' });
    await atHour(-24, () => queue.submit({ name: 'of yesterday', tenant: 'c', priority: 'LOW' }));
    expect(await order()).toEqual(['a high', 'of tomorrow', 'b next', 'b low', 'of yesterday']);
  });

  it('gives a task that is sent through again its place by the clock of the database', async () => {
    const [id] = [await queue.submit({ name: 'again' }), await queue.submit({ name: 'waits' })];
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('damaged_document'));
    await atHour(-24, () => queue.tasks.retry(id));
    expect(await order()).toEqual(['waits', 'again']);
  });

  it('takes no turn for a submission that was made before', async () => {
    const idempotency = { key: 'once', request: {} };
    const made = await queue.queue.submit(queue.submission({ tenant: 'a', idempotency }));
    for (let n = 0; n < 9; n++) {
      const again = await queue.queue.submit(queue.submission({ tenant: 'a', idempotency }));
      expect(again).toEqual({ taskId: made.taskId, created: false });
    }
    await queue.submit({ name: 'next', tenant: 'a' });
    const { rows } = await queue.database.query<{ fair_delay: number }>(`SELECT fair_delay FROM ocr_tasks WHERE name = 'next'`);
    expect(rows[0]!.fair_delay).toBeLessThanOrEqual(FAIR_COST);
  });

  it('takes max_concurrent_tasks from the live setting, on every node at once', async () => {
    for (let n = 0; n < 3; n++) await queue.submit();
    await queue.mustClaim(node);
    expect(await queue.claim(node)).toBeUndefined();
    await queue.live.change({ max_concurrent_tasks: 2 });
    await queue.mustClaim(node);
    expect(await queue.claim(node)).toBeUndefined();
    await queue.live.change({ max_concurrent_tasks: null });
    expect(queue.live.value('max_concurrent_tasks')).toBe(1);
    await expect(queue.live.change({ max_concurrent_tasks: 0, port: 1, chunk_size: 'x' })).rejects.toEqual(
      expect.objectContaining({
        code: 'invalid_request',
        fields: expect.arrayContaining([expect.objectContaining({ field: 'port' })]),
      }),
    );
  });

  it('holds the tasks of a provider that is down, and lets them go when its time is over', async () => {
    const options = { ocr_provider: 'document_ai' };
    const early = await queue.submit({ name: 'early', options });
    const standIn = { ...options, provider_fallback: ['tesseract'] };
    await queue.submit({ name: 'elsewhere', options: standIn });
    for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    queue.circuits.failed('tesseract', new OcrError('engine_failed'));
    await queue.circuits.settled();
    expect(queue.circuits.isOpen('document_ai')).toBe(true);
    expect(queue.circuits.isOpen('tesseract')).toBe(false);
    await queue.submit({ name: 'late', options });
    await queue.submit({ name: 'other' });
    expect(await order()).toEqual(['elsewhere', 'other']);
    expect((await queue.queries.get(early)).task).toMatchObject({ status: 'queued', held: true });

    await queue.database.query(`UPDATE ocr_circuits SET open_until = now() - interval '1 second'`);
    await queue.circuits.runOnce();
    expect(queue.circuits.isOpen('document_ai')).toBe(false);
    expect(await order()).toEqual(['early', 'late']);
    queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    expect(queue.circuits.isOpen('document_ai')).toBe(true);
    queue.circuits.succeeded('document_ai');
    await queue.circuits.settled();
    await queue.circuits.runOnce();
    expect(queue.circuits.all()).toEqual([]);
  });

  it('holds no task that another provider may read, and holds a resumed one as it would a new one', async () => {
    for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    const options = { ocr_provider: 'document_ai' };
    const heldOf = async (id: string) => (await queue.queries.get(id)).task.held;
    const [alone, standIn] = [
      await queue.submit({ options }),
      await queue.submit({ options: { ...options, provider_fallback: ['tesseract'] } }),
    ];
    expect([await heldOf(alone), await heldOf(standIn)]).toEqual([true, false]);
    await queue.tasks.pause(alone);
    await queue.database.query('UPDATE ocr_tasks SET held = false WHERE id = $1', [alone]);
    await queue.tasks.resume(alone);
    expect(await heldOf(alone)).toBe(true);
    const claim = await queue.mustClaim(node);
    expect(claim.task.id).toBe(standIn);
    await queue.settlement.failed(claim, new OcrError('damaged_document'));
    await queue.tasks.retry(standIn);
    expect(await heldOf(standIn)).toBe(false);
  });

  it('holds no task whose pages are all read: its merge needs no provider', async () => {
    const options = { ocr_provider: 'document_ai' };
    const id = await queue.submit({ options });
    await queue.prepare(node, 1);
    const other = await queue.submit({ options });
    const chunk = (await queue.claim(node, ['chunk']))!;
    await queue.readPages(chunk);
    await queue.settlement.chunkFinished(chunk);
    for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    expect((await queue.queries.get(other)).task.held).toBe(true);
    expect((await queue.queries.get(id)).task.held).toBe(false);
    expect(await queue.mustClaim(node)).toMatchObject({ kind: 'merge', task: { id } });
  });

  it('tells of holding and letting go where work has begun, and of new, retried and resumed tasks that are held with their event', async () => {
    const options = { ocr_provider: 'document_ai' };
    const lastOf = async (id: string) => (await queue.queries.events(id)).at(-1)!;
    const typesSince = async (id: string, after: string) => (await queue.queries.events(id, after)).map(({ type }) => type);
    const failed = await queue.submit({ name: 'failed', options });
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('damaged_document'));
    const begun = await queue.submit({ name: 'begun', options });
    await queue.prepare(node, 3);
    const resumed = await queue.submit({ name: 'resumed', options });
    await queue.tasks.pause(resumed);
    const waiting = await queue.submit({ name: 'waiting', options });
    const open = async () => {
      for (let failure = 0; failure < 5; failure++) queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
      await queue.circuits.settled();
    };
    await open();
    const held = await lastOf(begun);
    expect(held).toMatchObject({
      type: 'task.held',
      data: { status: 'running', provider: 'document_ai', error: { code: 'engine_unavailable' } },
    });
    expect(Date.parse(held.data['until'] as string)).toBeGreaterThan(Date.now());
    expect((await queue.queries.progress([begun]))[0]).toMatchObject({ status: 'running', held: true, eta_seconds: null });
    // Each failure that follows holds what is not held yet, and no more.
    await open();
    expect(await typesSince(begun, held.id)).toEqual([]);
    // However many wait behind it, nothing has begun that could stop.
    expect(await queue.eventsOf(waiting)).toEqual(['task.queued']);
    expect((await queue.queries.progress([waiting]))[0]).toMatchObject({ status: 'queued', held: true });

    const late = await queue.submit({ name: 'late', options });
    await queue.tasks.retry(failed);
    await queue.tasks.resume(resumed);
    expect(await lastOf(late)).toMatchObject({ type: 'task.queued', data: { status: 'queued', held: true } });
    expect(await lastOf(failed)).toMatchObject({ type: 'task.retried', data: { status: 'queued', held: true } });
    expect(await lastOf(resumed)).toMatchObject({ type: 'task.resumed', data: { status: 'queued', held: true } });

    await queue.database.query(`UPDATE ocr_circuits SET open_until = now() - interval '1 second'`);
    await queue.circuits.runOnce();
    await queue.circuits.runOnce();
    const since = await queue.queries.events(begun, held.id);
    expect(since).toMatchObject([{ type: 'task.released', data: { status: 'running', provider: 'document_ai' } }]);
    expect((await queue.queries.progress([begun]))[0]).not.toHaveProperty('held');
    for (const id of [late, failed, resumed, waiting]) expect(await queue.eventsOf(id)).not.toContain('task.released');
    const free = await queue.submit({ name: 'free', options });
    expect((await lastOf(free)).data).not.toHaveProperty('held');
  });

  it('opens a circuit that has opened for days', async () => {
    await queue.database.query(
      `INSERT INTO ocr_circuits (provider, failures, openings, open_until) VALUES ('document_ai', 5000, 2000, now() - interval '1 second')`,
    );
    queue.circuits.failed('document_ai', new OcrError('engine_unavailable'));
    await queue.circuits.settled();
    expect(queue.circuits.isOpen('document_ai')).toBe(true);
  });

  it('submits many at once, all or each for itself', async () => {
    const documents = Array.from({ length: 50 }, (_, n) => queue.submission({ name: `doc ${n}` }));
    const { batchId, taskIds } = await queue.queue.submitBatch({ submissions: documents });
    expect(new Set(taskIds).size).toBe(50);
    expect(await queue.queries.batch(batchId)).toMatchObject({
      progress: 0,
      tasks: { total: 50, by_status: { queued: 50 } },
      finished_at: null,
    });
    expect(await queue.eventsOf(taskIds[0]!)).toEqual(['task.queued']);
    expect((await order()).slice(0, 3)).toEqual(['doc 0', 'doc 1', 'doc 2']);
    expect(await queue.queries.batch(batchId)).toMatchObject({ progress: 1, tasks: { by_status: { failed: 50 } } });
    await expect(queue.queries.batch(taskIds[0]!)).rejects.toEqual(CODE('batch_not_found'));
  });

  it('acts on all tasks of a filter, after counting, within a bound', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await queue.submit({ metadata: { even: n % 2 === 0 } }));
    await queue.tasks.cancel(ids[0]!);
    const even = { action: 'pause' as const, filter: { metadata: { even: true } }, max: 10 };
    expect(await queue.bulk.run({ ...even, dryRun: true })).toMatchObject({ matched: 2, changed: 0, errors: [] });
    expect(await queue.bulk.run({ ...even, dryRun: false })).toMatchObject({ matched: 2, changed: 2, errors: [] });
    expect(await queue.queries.count({ status: ['paused'] })).toBe(2);
    await expect(queue.bulk.run({ action: 'cancel', filter: {}, max: 3, dryRun: false })).rejects.toEqual(
      CODE('invalid_request'),
    );
    expect(await queue.bulk.run({ action: 'delete', filter: { ids }, max: 10, dryRun: false })).toMatchObject({
      matched: 1,
      changed: 1,
    });
  });

  it('takes an empty list of states for one that is not given', async () => {
    await queue.submit();
    const dry = { action: 'pause' as const, max: 10, dryRun: true };
    expect(await queue.bulk.run({ ...dry, filter: { status: [], priority: [] } })).toMatchObject({ matched: 1 });
    expect(await queue.bulk.run({ ...dry, filter: { status: ['failed'] } })).toMatchObject({ matched: 0 });
  });

  it('counts however many there are', { timeout: 60_000 }, async () => {
    // Without its indexes the table fills in seconds.
    await queue.database.query(`DO $$ DECLARE index regclass; BEGIN
      FOR index IN SELECT indexrelid FROM pg_index WHERE indrelid = 'ocr_tasks'::regclass AND NOT indisprimary
      LOOP EXECUTE 'DROP INDEX ' || index; END LOOP; END $$`);
    await queue.database.query(`
      INSERT INTO ocr_tasks (id, priority, sort_key, name, source, options)
      SELECT gen_random_uuid(), 'LOW', n, 'many', '{}', '{}' FROM generate_series(1, 100001) AS n`);
    const dry = { action: 'cancel' as const, filter: {}, max: 1, dryRun: true };
    expect(await queue.bulk.run(dry)).toMatchObject({ matched: 100_001, changed: 0 });
  });

  it('acts on any number of tasks call after call, and leaves alone what came after the count', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push(await queue.submit({ name: 'steps.pdf' }));
    const counted = await queue.bulk.run({ action: 'cancel', filter: { text: 'STEPS' }, max: 1, dryRun: true });
    expect(counted).toMatchObject({ matched: 7, next_after: null });
    await queue.database.query(`UPDATE ocr_tasks SET created_at = $2 WHERE id = $1`, [
      await queue.submit({ name: 'steps.pdf' }),
      new Date(counted.as_of.getTime() + 1),
    ]);
    const filter = { text: 'STEPS', created_to: counted.as_of };
    const calls: (string | null)[] = [];
    for (let after: string | undefined; calls.at(-1) !== null; after = calls.at(-1) ?? undefined) {
      const outcome = await queue.bulk.run({ action: 'cancel', filter: { ...filter, after }, max: 1, limit: 3, dryRun: false });
      expect(outcome).toMatchObject({ matched: calls.length < 2 ? 3 : 1, errors: [] });
      calls.push(outcome.next_after);
    }
    expect(calls).toEqual([ids[2], ids[5], null]);
    expect(await queue.queries.count({ text: 'steps', status: ['cancelled'] })).toBe(7);
    expect(await queue.queries.count({ text: 'steps', status: ['queued'] })).toBe(1);
  });

  it('ends when its time is over, with what it has done and where to go on', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await queue.submit({ name: 'slow.pdf' }));
    // Its time is over while the fifth task is cancelled: those under way are finished, and no other is begun.
    const over = new AbortController();
    const cancel = queue.tasks.cancel.bind(queue.tasks);
    vi.spyOn(queue.tasks, 'cancel').mockImplementation(async (id) => {
      if (id === ids[4]) over.abort();
      await cancel(id);
    });
    const request = { action: 'cancel' as const, filter: { text: 'slow' }, max: 100, dryRun: false };
    const first = await queue.bulk.run({ ...request, patience: over.signal });
    expect(first).toMatchObject({ matched: 5, changed: 5, errors: [], next_after: ids[4] });
    expect(await queue.queries.count({ status: ['cancelled'] })).toBe(5);
    // However little time there is, each call does something.
    const filter = { ...request.filter, after: first.next_after! };
    const second = await queue.bulk.run({ ...request, filter, patience: AbortSignal.abort() });
    expect(second).toMatchObject({ matched: 1, changed: 1, next_after: ids[5] });
    const rest = { ...request, filter: { ...filter, after: second.next_after! }, patience: new AbortController().signal };
    expect(await queue.bulk.run(rest)).toMatchObject({ matched: 6, changed: 6, next_after: null });
  });

  it('retries with other options', async () => {
    const id = await queue.submit();
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('language_not_available'));
    await queue.tasks.retry(id, { language: 'fra' });
    expect((await queue.mustClaim(node)).task.options).toMatchObject({ language: 'fra', chunk_size: 5 });
  });

  it('says so when a retry is under way that does not what another one asks for', async () => {
    const id = await queue.submit();
    await queue.settlement.failed(await queue.mustClaim(node), new OcrError('language_not_available'));
    await queue.tasks.retry(id, { language: 'fra', preprocess: { deskew: true } }, 'secret');
    for (const state of ['queued', 'running']) {
      expect(await queue.statusOf(id)).toBe(state);
      await expect(queue.tasks.retry(id, { language: 'deu' })).rejects.toEqual(CODE('invalid_transition'));
      await expect(queue.tasks.retry(id, { dpi: 400 })).rejects.toEqual(CODE('invalid_transition'));
      await expect(queue.tasks.retry(id, {}, 'other')).rejects.toEqual(CODE('invalid_transition'));
      // What is asked for is being done: the same request again, or one that leaves it open.
      await queue.tasks.retry(id);
      await queue.tasks.retry(id, { language: 'fra', preprocess: { deskew: true } }, 'secret');
      if (state === 'queued') await queue.mustClaim(node);
    }
    expect((await queue.eventsOf(id)).filter((type) => type === 'task.retried')).toHaveLength(1);
  });
});
