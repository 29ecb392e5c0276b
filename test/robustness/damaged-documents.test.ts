import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors/error-codes.js';
import { damaged, damages } from './damage.js';
import { Mill } from './mill.js';

const DOCUMENTS = new URL('../documents/', import.meta.url);
const SAMPLES = readdirSync(DOCUMENTS).filter((name) => /\.(pdf|tif|png)$/.test(name));
/** Damaged variants of each sample; `npm run test:fuzz` takes many more. */
const VARIANTS = 8;
const SECONDS_EACH = 30;
const MOST_MEMORY = 1.5 * 1024 ** 3;

describe('damaged documents', () => {
  let mill: Mill;
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    mill = await Mill.start();
  });

  afterAll(async () => {
    await mill.close();
    process.off('unhandledRejection', note);
  });

  it.each(SAMPLES)('%s in pieces gives a result or a coded error, in time', { timeout: 120_000 }, async (name) => {
    const document = readFileSync(new URL(name, DOCUMENTS));
    const whole = await mill.take(document, SECONDS_EACH);
    expect(whole.result).toBe(name === 'password.pdf' ? 'password_required' : 'done');
    for (const damage of damages(VARIANTS)) {
      const told = `${name} ${damage.kind} ${damage.seed}`;
      const outcome = await mill.take(damaged(document, damage), SECONDS_EACH).catch((error: unknown) => {
        throw new Error(`${told}: ${String(error)}`, { cause: error });
      });
      expect(['done', ...Object.keys(ERROR_CODES)], told).toContain(outcome.result);
      expect(outcome.result, told).not.toBe('internal_error');
      expect(outcome.ms, told).toBeLessThan(SECONDS_EACH * 1000);
    }
    expect(unhandled).toEqual([]);
    expect(process.memoryUsage.rss()).toBeLessThan(MOST_MEMORY);
  });
});
