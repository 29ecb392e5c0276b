import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeEngine } from '../../../test/engines/engine-conformance.js';
import { describePool } from '../../../test/engines/tesseract-pool-conformance.js';
import { grayTiff, stacked } from '../../../test/engines/images.js';
import { Tessdata } from './tessdata.js';
import { TesseractCliEngine } from './tesseract-cli.engine.js';
import type { TesseractReader } from './tesseract-pool.js';
import { TesseractEngine } from './tesseract.engine.js';
import { TesseractJsEngine } from './tesseract-js.engine.js';

const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
const tessdata = new Tessdata(folder);
const limits = { slots: 2, maxPages: 100, maxMemoryBytes: 1024 ** 3 };
const installed = (await new TesseractCliEngine(tessdata, limits).version()) !== null;
const childOf = (reader: unknown) => (reader as { child: ChildProcess }).child;

afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(installed)('with a native tesseract on this machine', () => {
  describeEngine('tesseract_cli', () => new TesseractCliEngine(tessdata, limits));

  describePool(
    'tesseract_cli',
    (limits, data = tessdata) => new TesseractCliEngine(data, limits),
    async (reader) => {
      childOf(reader).kill('SIGKILL');
      await expect.poll(() => reader.dead).toBe(true);
    },
  );

  it('leaves no process behind an aborted page', async () => {
    const engine = new TesseractCliEngine(tessdata, { ...limits, slots: 1 });
    const abort = new AbortController();
    const image = stacked(grayTiff('phototest.tif', 72), 30);
    const outcome = engine.recognise({ image, language: 'eng', signal: abort.signal }).catch((error: unknown) => error);
    const { busy } = (engine as unknown as { pool: { busy: Set<TesseractReader> } }).pool;
    await expect.poll(() => busy.size).toBe(1);
    const [child] = [...busy].map(childOf);
    abort.abort(new Error('enough'));
    expect(await outcome).toBe(abort.signal.reason);
    await expect.poll(() => child?.signalCode).toBe('SIGKILL');
    await engine.close();
    expect(busy.size).toBe(0);
  });

  it('leaves no file behind, and ends its processes when it is closed', async () => {
    const before = readdirSync(folder);
    const engine = new TesseractCliEngine(tessdata, limits);
    await engine.recognise({ image: grayTiff('phototest.tif', 72), language: 'eng', signal: new AbortController().signal });
    const [reader] = (engine as unknown as { pool: { idle: TesseractReader[] } }).pool.idle;
    expect(readdirSync(folder)).toEqual(before);
    await engine.close();
    expect(childOf(reader).signalCode).toBe('SIGKILL');
  });

  it('is what `tesseract` stands for', async () => {
    const native = new TesseractCliEngine(tessdata, limits);
    const embedded = new TesseractJsEngine(tessdata, { slots: 2, maxPages: 1, maxMemoryBytes: 1 });
    const status = await new TesseractEngine(native, embedded).status();
    expect(status).toMatchObject({ name: 'tesseract', ready: true, version: expect.stringContaining('(tesseract_cli)') });
  });
});

describe.runIf(installed)('with a native tesseract that cannot open what it is handed', () => {
  // As one that is shut in: it knows its version and gets at nothing of ours.
  const command = join(folder, 'shut-in');
  writeFileSync(command, `#!/bin/sh\n[ "$1" = --version ] && exec echo tesseract 5.99.0\nexec 3<&- 4<&- tesseract "$@"\n`, {
    mode: 0o755,
  });
  const shutIn = new TesseractCliEngine(tessdata, limits, command);
  afterAll(() => shutIn.close());

  it('says so, and `tesseract` stands for the embedded one', async () => {
    expect(await shutIn.status()).toMatchObject({ ready: false, reason_code: 'not_usable' });
    const embedded = new TesseractJsEngine(tessdata, { slots: 2, maxPages: 1, maxMemoryBytes: 1 });
    expect(await new TesseractEngine(shutIn, embedded).status()).toMatchObject({
      version: expect.stringContaining('(tesseract_js)'),
    });
  });
});

describe('without a native tesseract', () => {
  const missing = new TesseractCliEngine(tessdata, limits, '/nowhere/tesseract');

  it('says so', async () => {
    expect(await missing.status()).toMatchObject({ ready: false, reason: expect.stringContaining('No tesseract 5') });
    const request = { image: grayTiff('phototest.tif', 72), language: 'eng', signal: new AbortController().signal };
    await expect(missing.recognise(request)).rejects.toMatchObject({ code: 'engine_unavailable' });
  });

  it('`tesseract` stands for the embedded one', async () => {
    const embedded = new TesseractJsEngine(tessdata, { slots: 2, maxPages: 1, maxMemoryBytes: 1 });
    const status = await new TesseractEngine(missing, embedded).status();
    expect(status).toMatchObject({ name: 'tesseract', ready: true, version: expect.stringContaining('(tesseract_js)') });
  });
});
