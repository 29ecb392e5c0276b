import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ENGINE_PROBLEMS } from '../../../src/base-ocr/engines/ocr-engine.js';
import { settingsSchema } from '../../../src/config/settings.js';
import { HEALTH_PROBLEMS } from '../../../src/health/health-registry.js';
import { en, fr } from './resources';

const PLURAL = /_(one|many|other)$/;
const keysOf = (words: object) => [...new Set(Object.keys(words).map((key) => key.replace(PLURAL, '')))].sort();

describe('what the server says in English', () => {
  it('is there in French for every setting', () => {
    const known = Object.keys(fr.settings.known);
    expect([...known, ...Object.keys(fr.descriptions)].sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  });

  it('is said of every setting, and without empty words in French', () => {
    const { properties = {} } = z.toJSONSchema(settingsSchema, { unrepresentable: 'any' });
    for (const [name, property] of Object.entries(properties))
      expect((property as { description?: string }).description, name).toMatch(/\w/);
    for (const [name, words] of Object.entries(fr.descriptions)) expect(words, name).toMatch(/^[A-ZÉÀÔ].*\.$/u);
  });

  it.each([
    ['en', en],
    ['fr', fr],
  ])('has words of %s for every problem of an engine and of a part', (_language, { settings }) => {
    expect(keysOf(settings.engines.problems)).toEqual([...ENGINE_PROBLEMS].sort());
    expect(keysOf(settings.health.problems)).toEqual([...HEALTH_PROBLEMS].sort());
  });
});
