import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QueueHarness } from '../../test/support/queue-harness.js';
import type { CachedReading } from '../base-ocr/page-cache.js';
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

  it('are found again by the same tenant, and by nobody else', async () => {
    await readings.keep('north', 'a', reading);
    expect(await readings.find('north', 'a')).toEqual(reading);
    expect(await readings.find('south', 'a')).toBeNull();
    expect(await readings.find('north', 'b')).toBeNull();
  });

  it('may be kept twice at once', async () => {
    await Promise.all([readings.keep('', 'twice', reading), readings.keep('', 'twice', { ...reading, skew: 0 })]);
    expect(await readings.find('', 'twice')).toMatchObject({ orientation: 90 });
  });

  it('are forgotten past retention', async () => {
    await readings.keep('', 'old', reading);
    await readings.keep('', 'young', reading);
    await harness.database.query(`UPDATE ocr_page_cache SET created_at = now() - interval '25 hours' WHERE key = 'old'`);
    expect(await readings.find('', 'old')).toBeNull();
    await harness.sweeper.runOnce();
    const { rows } = await harness.database.query<{ key: string }>(`SELECT key FROM ocr_page_cache WHERE tenant = ''`);
    expect(rows.map((row) => row.key)).not.toContain('old');
    expect(rows.map((row) => row.key)).toContain('young');
  });
});
