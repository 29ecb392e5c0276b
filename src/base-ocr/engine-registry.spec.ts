import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { EngineRegistry } from './engine-registry.js';
import type { EngineFactory } from './engines/engine-factory.js';
import { ENGINES } from './engines/index.js';
import type { OcrEngine } from './engines/ocr-engine.js';

const folder = mkdtempSync(join(tmpdir(), 'registry-'));
const settingsWith = (more: Record<string, unknown> = {}) =>
  loadSettings({ data_dir: folder, ocr_slots: 2, ...more }, {}, folder);

/** An engine of somebody's own that is never ready. */
const away: EngineFactory = {
  name: 'away',
  create: (): OcrEngine => ({
    name: 'away',
    status: () => Promise.resolve({ name: 'away', ready: false, reason: 'no key is set', version: '', languages: [], slots: 1 }),
    recognise: () => Promise.reject(new Error('not ready')),
    close: () => Promise.resolve(),
  }),
};

afterAll(() => rmSync(folder, { recursive: true }));

describe('the engine registry', () => {
  const registry = new EngineRegistry(settingsWith(), [...ENGINES, away]);

  it('has every engine file listed', () => {
    const files = readdirSync(new URL('engines/', import.meta.url)).filter((file) => file.endsWith('.engine.ts'));
    expect(files.map((file) => file.replace('.engine.ts', '').replaceAll('-', '_')).sort()).toEqual(
      ENGINES.map((engine) => engine.name).sort(),
    );
  });

  it('gives an engine by its name, always the same', () => {
    expect(registry.get('tesseract_js').name).toBe('tesseract_js');
    expect(registry.get('tesseract_js')).toBe(registry.get('tesseract_js'));
  });

  it('names the allowed values for an unknown one', () => {
    expect(() => registry.get('abbyy')).toThrow(
      expect.objectContaining({
        code: 'provider_not_available',
        message: expect.stringMatching(/tesseract, tesseract_js, tesseract_cli, .*http, .*away/),
      }),
    );
  });

  it('tells the status of all', async () => {
    const statuses = await registry.statuses();
    expect(statuses.map((status) => status.name)).toEqual([...ENGINES.map((engine) => engine.name), 'away']);
    for (const name of ['document_ai', 'textract', 'azure_document_intelligence', 'http', 'openai_vision']) {
      const status = statuses.find((each) => each.name === name);
      expect(status).toMatchObject({ ready: false, reason: expect.stringContaining('Not configured') });
    }
    expect(statuses[0]).toMatchObject({ ready: true, slots: 2, languages: ['eng', 'fra'] });
  });

  it('says whether an engine can take a language', async () => {
    await registry.supports('tesseract', 'eng+fra');
    await expect(registry.supports('tesseract', 'eng+deu')).rejects.toMatchObject({
      code: 'language_not_available',
      message: expect.stringMatching(/deu.*eng, fra/),
    });
    await expect(registry.supports('away', 'eng')).rejects.toMatchObject({
      code: 'provider_not_available',
      message: expect.stringContaining('no key is set'),
    });
  });

  it('stops the start when a default is not there', async () => {
    await registry.bootCheck();
    await expect(new EngineRegistry(settingsWith({ default_provider: 'abbyy' })).bootCheck()).rejects.toMatchObject({
      code: 'provider_not_available',
    });
    await new EngineRegistry(settingsWith({ provider_fallback: 'http, tesseract_js' })).bootCheck();
    await expect(new EngineRegistry(settingsWith({ provider_fallback: 'abbyy' })).bootCheck()).rejects.toMatchObject({
      code: 'provider_not_available',
    });
    await expect(new EngineRegistry(settingsWith({ default_language: 'deu' })).bootCheck()).rejects.toMatchObject({
      code: 'language_not_available',
    });
  });

  it('takes no two engines of one name', () => {
    expect(() => new EngineRegistry(settingsWith(), [away, away])).toThrow('Two OCR engines are named away');
  });
});
