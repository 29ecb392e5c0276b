import { describe, expect, it } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import type { Logs } from '../logging/logs.js';
import { ApiKeys } from './api-keys.js';
import { OpenAccess } from './open-access.js';

/** What is warned of at the start. */
function warnings(overrides: Record<string, unknown>): string[] {
  const said: string[] = [];
  const logs = { queue: { warn: (_: object, message: string) => void said.push(message) } } as unknown as Logs;
  const settings = loadSettings(overrides, {}, '/');
  new OpenAccess(new ApiKeys(settings), logs, settings).onApplicationBootstrap();
  return said;
}

describe('OpenAccess', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'ocr.example'])('warns of an API without keys on %s', (host) => {
    expect(warnings({ host })).toEqual([expect.stringMatching(/api_keys.*OCR_HOST/)]);
  });

  it.each([
    { host: '127.0.0.1' },
    { host: '::1' },
    { host: 'localhost' },
    { host: '0.0.0.0', api_keys: ['secret'] },
    { host: '0.0.0.0', roles: ['worker'] },
  ])('says nothing with %j', (settings) => expect(warnings(settings)).toEqual([]));
});
