import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueHarness } from '../../test/support/queue-harness.js';
import type { CachedReading, CacheHolder } from '../base-ocr/page-cache.js';
import { StoredReadings } from './stored-readings.js';

const reading: CachedReading = {
  blocks: [],
  orientation: 90,
  skew: -0.4,
  confidence: 91.5,
  dpi: 200,
  engine: { provider: 'tesseract_js', version: '7.0.0', language: 'eng' },
};

describe('readings kept for later', () => {
  let harness: QueueHarness;
  let readings: StoredReadings;
  beforeAll(async () => {
    harness = await QueueHarness.start();
    readings = new StoredReadings(harness.database, harness.live);
  });
  afterAll(() => harness.close());

  const holder = async (tenant: string): Promise<CacheHolder> => ({ tenant, task: await harness.submit({ tenant }) });
  const keysOf = async (tenant: string): Promise<string[]> => {
    const { rows } = await harness.database.query<{ key: string }>(`SELECT key FROM ocr_page_cache WHERE tenant = $1`, [tenant]);
    return rows.map((row) => row.key);
  };
  const deleteTask = async ({ task }: CacheHolder): Promise<void> => {
    await harness.tasks.cancel(task);
    await harness.tasks.delete(task);
  };

  it('are found again by the same tenant, and by nobody else', async () => {
    const north = await holder('north');
    await readings.keep(north, 'a', reading);
    expect(await readings.find(await holder('north'), 'a')).toEqual(reading);
    expect(await readings.find(await holder('south'), 'a')).toBeNull();
    expect(await readings.find(north, 'b')).toBeNull();
  });

  it('may be kept twice at once', async () => {
    const west = await holder('west');
    await Promise.all([readings.keep(west, 'twice', reading), readings.keep(west, 'twice', { ...reading, skew: 0 })]);
    expect(await readings.find(west, 'twice')).toMatchObject({ orientation: 90 });
  });

  it('are forgotten past retention', async () => {
    const east = await holder('east');
    await readings.keep(east, 'old', reading);
    await readings.keep(east, 'young', reading);
    await harness.database.query(`UPDATE ocr_page_cache SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
    expect(await readings.find(east, 'old')).toBeNull();
    await harness.sweeper.runOnce();
    expect(await keysOf('east')).toEqual(['young']);
  });

  it('are forgotten with the last task that used them', async () => {
    const [first, second, later] = [await holder('up'), await holder('up'), await holder('up')];
    await readings.keep(first, 'shared', reading);
    await readings.keep(first, 'own', reading);
    expect(await readings.find(second, 'shared')).toEqual(reading);

    await deleteTask(first);
    expect(await readings.find(later, 'own')).toBeNull();
    await harness.sweeper.runOnce();
    expect(await keysOf('up')).toEqual(['shared']);

    await deleteTask(second);
    expect(await readings.find(later, 'shared')).toBeNull();
    await harness.sweeper.runOnce();
    expect(await keysOf('up')).toEqual([]);
  });

  it('are not kept for a task that is gone', async () => {
    const gone = await holder('gone');
    await deleteTask(gone);
    await expect(readings.keep(gone, 'late', reading)).rejects.toThrow();
    expect(await keysOf('gone')).toEqual([]);
  });
});
