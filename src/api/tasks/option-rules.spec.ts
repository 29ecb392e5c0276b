import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineRegistry } from '../../base-ocr/engine-registry.js';
import type { EngineFactory } from '../../base-ocr/engines/engine-factory.js';
import { loadSettings } from '../../config/load-settings.js';
import { Logs } from '../../logging/logs.js';
import type { OutputWriter } from '../../storage/output-writer.js';
import { WebhookAddresses } from '../../storage/webhook-addresses.js';
import type { LiveSettings } from '../../task-manager/live-settings.js';
import type { TaskOptions } from '../../task-manager/task.types.js';
import { WorkObserver } from '../../task-manager/work-observer.js';
import { OptionRules } from './option-rules.js';
import { StandIns } from './stand-ins.js';

const folder = mkdtempSync(join(tmpdir(), 'ocr-rules-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const engine = (name: string, reason?: string): EngineFactory => ({
  name,
  create: () => ({
    name,
    status: async () => ({ name, ready: reason === undefined, reason, version: '1', languages: ['eng', 'fra'], slots: 1 }),
    recognise: async () => ({ blocks: [] }),
    close: async () => {},
  }),
});

/** Rules on a server that reads with `here`, knows `remote` without being set up for it, and has changed its chunk_size. */
function rules(overrides: Record<string, unknown> = {}, observer = new WorkObserver()): OptionRules {
  const settings = loadSettings({ data_dir: folder, default_provider: 'here', log_console: 'off', ...overrides }, {}, folder);
  const engines = new EngineRegistry(settings, [engine('here'), engine('other'), engine('remote', 'no credentials')]);
  return new OptionRules(
    engines,
    {} as OutputWriter,
    new WebhookAddresses(settings),
    { value: () => 9 } as unknown as LiveSettings,
    new StandIns(engines, observer, new Logs(settings)),
    settings,
  );
}

const FIELD = { field: 'options.ocr_provider' };

describe('OptionRules', () => {
  it('fills in what is left open; the chunk size is the one in force', async () => {
    const { options } = await rules().forNewTask({});
    expect(options).toEqual({
      ocr_provider: 'here',
      language: 'eng',
      chunk_size: 9,
      text_chunk_size: 20,
      mode: 'skip_text',
      formats: ['pdf', 'txt', 'json'],
      dpi: 0,
      provider_fallback: [],
    });
  });

  it('reads a page once more as the task does, but for what is said otherwise, and by nobody else', async () => {
    const { options: present } = await rules().forNewTask({ language: 'fra', dpi: 200, mode: 'redo' });
    expect(await rules().forReading({ mode: 'force' }, present)).toEqual({
      provider: 'here',
      language: 'fra',
      mode: 'force',
      dpi: 200,
    });
    await expect(rules().forReading({ provider: 'remote' }, present)).rejects.toMatchObject({
      code: 'provider_not_available',
      fields: [{ field: 'provider' }],
    });
  });

  it.each([
    ['both, when one is asked for', { chunk_size: 3 }, { chunk_size: 3 }],
    ['what each says, when both are', { chunk_size: 3, text_chunk_size: 40 }, { chunk_size: 3, text_chunk_size: 40 }],
    ['those that carry their text alone', { text_chunk_size: 40 }, { chunk_size: 9, text_chunk_size: 40 }],
  ])('cuts documents by %s', async (_, asked, sizes) => {
    const { chunk_size, text_chunk_size } = (await rules().forNewTask(asked)).options;
    expect({ chunk_size, text_chunk_size }).toEqual({ text_chunk_size: undefined, ...sizes });
  });

  it('takes a provider that is ready', async () => {
    const { options } = await rules().forNewTask({ ocr_provider: 'other' });
    expect([options.ocr_provider, options.requested_provider]).toEqual(['other', undefined]);
  });

  it('lets the default provider stand in for one that is not set up, and says so', async () => {
    const { options } = await rules().forNewTask({ ocr_provider: 'remote', language: 'fra' });
    expect(options).toMatchObject({ ocr_provider: 'here', requested_provider: 'remote', language: 'fra' });
  });

  it('tells of each stand-in, of a task and of a retry, and of none where nobody stands in or the task is refused', async () => {
    const observer = new WorkObserver();
    const told: string[] = [];
    observer.substitutions.subscribe((provider) => told.push(provider));
    const some = rules({}, observer);
    await some.forNewTask({});
    await some.forNewTask({ ocr_provider: 'other' });
    await some.forRetry({ dpi: 300 }, (await some.forNewTask({ ocr_provider: 'here' })).options);
    await expect(some.forNewTask({ ocr_provider: 'remote', language: 'tlh' })).rejects.toMatchObject({
      code: 'language_not_available',
    });
    expect(told).toEqual([]);
    const { options: present } = await some.forNewTask({ ocr_provider: 'remote' });
    await some.forRetry({ ocr_provider: 'remote' }, present);
    await some.forRetry({ dpi: 300 }, present);
    expect(told).toEqual(['remote', 'remote']);
  });

  it('refuses it with the reason where that is not wanted', async () => {
    await expect(rules({ substitute_provider: false }).forNewTask({ ocr_provider: 'remote' })).rejects.toMatchObject({
      code: 'provider_not_available',
      message: expect.stringContaining('no credentials'),
      fields: [FIELD],
    });
  });

  it('refuses a provider nobody knows either way', async () => {
    for (const substitute_provider of [true, false]) {
      await expect(rules({ substitute_provider }).forNewTask({ ocr_provider: 'magic' })).rejects.toMatchObject({
        code: 'provider_not_available',
        fields: [{ ...FIELD, allowed: ['here', 'other', 'remote'] }],
      });
    }
  });

  it('refuses when the default provider itself is not ready', async () => {
    await expect(rules({ default_provider: 'remote' }).forNewTask({})).rejects.toMatchObject({ code: 'provider_not_available' });
  });

  it('forgets who was asked for once a retry names a provider that is ready', async () => {
    const { options: present } = await rules().forNewTask({ ocr_provider: 'remote' });
    const { options } = await rules().forRetry({ ocr_provider: 'other' }, present);
    expect({ ...present, ...options }).toMatchObject({ ocr_provider: 'other', requested_provider: undefined });
    expect((await rules().forRetry({ dpi: 300, password: 'x' }, present)).options).toEqual({ dpi: 300 });
  });

  it('leaves the events of tasks as they are that are given another address many at a time', async () => {
    const webhook_url = 'http://93.184.215.14/';
    const present = { webhook_url: 'https://example.org/', webhook_events: ['task.failed'] } as unknown as TaskOptions;
    expect((await rules().forRetry({ webhook_url })).options).toEqual({ webhook_url });
    expect((await rules().forRetry({ webhook_url }, present)).options).toEqual({ webhook_url, webhook_events: ['task.failed'] });
  });

  it('holds the language of a retry against the provider that will read', async () => {
    const { options: present } = await rules().forNewTask({ ocr_provider: 'other' });
    await expect(rules().forRetry({ language: 'tlh' }, present)).rejects.toMatchObject({
      code: 'language_not_available',
      message: expect.stringContaining('other'),
    });
  });
});
