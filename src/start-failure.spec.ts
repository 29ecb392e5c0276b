import { expect, it } from 'vitest';
import { EngineRegistry } from './base-ocr/engine-registry.js';
import { loadSettings, SettingsError } from './config/load-settings.js';
import { OcrError } from './errors/ocr-error.js';
import { CannotListenError, exitCodeOf } from './start-failure.js';

it.each([{ default_provider: 'document_ai' }, { default_provider: 'none' }, { provider_fallback: 'none' }])(
  'ends a start with %j as one with a wrong setting',
  async (overrides) => {
    const settings = loadSettings({ default_provider: 'tesseract_js', ...overrides }, {}, '/nowhere');
    const error: unknown = await new EngineRegistry(settings).bootCheck().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OcrError);
    expect(exitCodeOf(error)).toBe(78);
  },
);

it('tells a wrong setting, a missing database, a taken address and the unforeseen apart', () => {
  const errors = [new SettingsError('x'), new OcrError('service_unavailable'), new CannotListenError('x'), new Error('x')];
  expect(errors.map(exitCodeOf)).toEqual([78, 69, 71, 1]);
});
