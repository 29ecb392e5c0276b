import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeEngine } from '../../../test/engines/engine-conformance.js';
import { grayTiff, stacked } from '../../../test/engines/images.js';
import { Tessdata } from './tessdata.js';
import { TesseractCliEngine } from './tesseract-cli.engine.js';
import { TesseractEngine } from './tesseract.engine.js';
import { TesseractJsEngine } from './tesseract-js.engine.js';

const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
const tessdata = new Tessdata(folder);
const installed = (await new TesseractCliEngine(tessdata, 1).version()) !== null;

afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(installed)('with a native tesseract on this machine', () => {
  describeEngine('tesseract_cli', () => new TesseractCliEngine(tessdata, 2));

  it('leaves no process behind an aborted page', async () => {
    const engine = new TesseractCliEngine(tessdata, 1);
    const abort = new AbortController();
    const image = stacked(grayTiff('phototest.tif', 72), 30);
    const outcome = engine.recognise({ image, language: 'eng', signal: abort.signal }).catch((error: unknown) => error);
    const { children } = engine as unknown as { children: Set<ChildProcess> };
    await expect.poll(() => children.size).toBe(1);
    const [child] = children;
    abort.abort(new Error('enough'));
    expect(await outcome).toBe(abort.signal.reason);
    await expect.poll(() => child?.signalCode).toBe('SIGKILL');
    expect(children.size).toBe(0);
  });

  it('is what `tesseract` stands for', async () => {
    const native = new TesseractCliEngine(tessdata, 2);
    const embedded = new TesseractJsEngine(tessdata, { slots: 2, maxPages: 1, maxMemoryBytes: 1 });
    const status = await new TesseractEngine(native, embedded).status();
    expect(status).toMatchObject({ name: 'tesseract', ready: true, version: expect.stringContaining('(tesseract_cli)') });
  });
});

describe('without a native tesseract', () => {
  const missing = new TesseractCliEngine(tessdata, 2, '/nowhere/tesseract');

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
