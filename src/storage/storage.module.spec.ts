import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { ConfigModule } from '../config/config.module.js';
import { loadSettings, SettingsError } from '../config/load-settings.js';
import { DOCUMENT_STORE, type DocumentStore } from './document-store.js';
import { InputResolver } from './input-resolver.js';
import { OutputWriter } from './output-writer.js';
import { RootsCheck } from './roots-check.js';
import { StorageModule } from './storage.module.js';
import { StoreUpkeep } from './store-upkeep.js';

it('gives the application one store, tidied while it runs, and the services on it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ocr-storage-'));
  const settings = loadSettings({ data_dir: folder }, {}, folder);
  const app = await Test.createTestingModule({ imports: [ConfigModule.with(settings), StorageModule] }).compile();
  await app.init();
  try {
    const store = app.get<DocumentStore>(DOCUMENT_STORE);
    await writeFile(join(folder, 'inbox', 'a.pdf'), 'a document');
    await app.get(InputResolver).fetch({ kind: 'path', path: 'a.pdf' }, 't/source');
    await app
      .get(OutputWriter)
      .deliver(
        'done/',
        { name: 'a.pdf', mark: '0', notes: { known: () => Promise.resolve(new Set()), note: () => Promise.resolve(true) } },
        [{ key: 't/source', extension: 'pdf' }],
      );
    expect(await readdir(join(folder, 'outbox', 'done'))).toEqual(['a.pdf']);
    expect(await readdir(join(folder, 'store'))).toEqual(expect.arrayContaining(['t']));

    const crashed = join(folder, 'store', '.unfinished', 'crashed');
    await writeFile(crashed, 'x');
    await utimes(crashed, new Date(0), new Date(0));
    await app.get(StoreUpkeep).runOnce();
    expect(await readdir(join(folder, 'store', '.unfinished'))).toEqual([]);
    await store.check();
  } finally {
    await app.close();
    await rm(folder, { recursive: true });
  }
});

it.each([
  ['worker', 2],
  ['api', 2],
  ['scheduler', 0],
])('warns a %s of the roots that were set and are not there, %i of them', async (role, count) => {
  const folder = await mkdtemp(join(tmpdir(), 'ocr-storage-'));
  const [inbox, scans, share] = ['inbox', 'scans', 'share'].map((name) => join(folder, name)) as [string, string, string];
  await mkdir(inbox);
  const roots = { input_roots: [inbox, scans], output_roots: [share, join(folder, 'data', 'outbox')], roles: [role] };
  const settings = loadSettings({ data_dir: join(folder, 'data'), ...roots }, {}, folder);
  const warnings: string[] = [];
  const app = await Test.createTestingModule({ imports: [ConfigModule.with(settings), StorageModule] }).compile();
  app.useLogger({ log: () => {}, error: () => {}, warn: (message: string) => void warnings.push(message) });
  await app.init();
  await app.get(RootsCheck).checked;
  await app.close();
  expect(warnings).toHaveLength(count);
  if (count > 0) {
    expect(warnings[0]).toMatch(`${scans} of input_roots (OCR_INPUT_ROOTS) is not there`);
    expect(warnings[1]).toMatch(`${share} of output_roots (OCR_OUTPUT_ROOTS) is not there`);
  }
  expect(await readdir(folder)).toEqual(['inbox']);
  await rm(folder, { recursive: true });
});

it('warns of no root where none was set', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ocr-storage-'));
  const warnings: string[] = [];
  const settings = loadSettings({ data_dir: folder }, {});
  const app = await Test.createTestingModule({ imports: [ConfigModule.with(settings), StorageModule] }).compile();
  app.useLogger({ log: () => {}, error: () => {}, warn: (message: string) => void warnings.push(message) });
  await app.init();
  await app.get(RootsCheck).checked;
  await app.close();
  expect(warnings).toEqual([]);
  await rm(folder, { recursive: true });
});

it.each([
  { store_url: 'https://bucket' },
  { store_url: 's3://' },
  { store_url: 's3://bucket/../other' },
  { s3_endpoint: 'minio:9000' },
  { s3_access_key_id: 'only one half' },
])('does not start on %j', (wrong) => {
  expect(() => loadSettings(wrong, {}, tmpdir())).toThrow(SettingsError);
});

it('shows no secret in the message about a wrong setting', () => {
  const secret = { s3_access_key_id: 'id', s3_secret_access_key: ['hush'] };
  expect(() => loadSettings(secret, {}, tmpdir())).toThrow(/s3_secret_access_key is not valid/);
  expect(() => loadSettings(secret, {}, tmpdir())).not.toThrow(/hush/);
});
