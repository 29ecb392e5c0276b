import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { describeEngine, textOf } from '../../../test/engines/engine-conformance.js';
import { grayTiff } from '../../../test/engines/images.js';
import { Tessdata } from './tessdata.js';
import { TesseractJsEngine, type TesseractJsOptions } from './tesseract-js.engine.js';
import { TesseractThread } from './tesseract-js.thread.js';

const folder = mkdtempSync(join(tmpdir(), 'tessdata-'));
const tessdata = new Tessdata(folder);
const engineWith = (options: Partial<TesseractJsOptions> = {}) =>
  new TesseractJsEngine(tessdata, { slots: 2, maxPages: 100, maxMemoryBytes: 1024 ** 3, ...options });

afterAll(() => rmSync(folder, { recursive: true }));

describeEngine('tesseract_js', () => engineWith());

describe('the pool of embedded tesseracts', () => {
  const page = grayTiff('phototest.tif', 72);
  const signal = new AbortController().signal;
  let engine: TesseractJsEngine;
  /** The threads that wait for work. */
  const idle = () => (engine as unknown as { idle: TesseractThread[] }).idle;
  const read = (language = 'eng') => engine.recognise({ image: page, language, signal });

  afterEach(() => engine.close());

  it('starts no more threads than pages need, and keeps them', async () => {
    engine = engineWith();
    await read();
    const [thread] = idle();
    await read();
    expect(idle()).toEqual([thread]);
    expect(thread?.pages).toBe(2);
  });

  it('gives a page to the thread that has its language', async () => {
    engine = engineWith();
    await Promise.all([read('eng'), read('fra')]);
    const french = idle().find((thread) => thread.language === 'fra');
    await read('fra');
    await read('eng');
    expect(french?.pages).toBe(2);
    expect(idle().map((thread) => thread.pages)).toEqual([2, 2]);
  });

  it('replaces a thread after its pages', async () => {
    engine = engineWith({ slots: 1, maxPages: 2 });
    const texts = [];
    for (let i = 0; i < 3; i++) texts.push(textOf(await read()));
    expect(idle().map((thread) => thread.pages)).toEqual([1]);
    expect(texts[2]).toEqual(texts[0]);
  });

  it('knows what a thread holds, and replaces one that holds too much', async () => {
    engine = engineWith({ slots: 1 });
    await read();
    const held = idle()[0]?.memoryBytes ?? 0;
    expect(held).toBeGreaterThan(30 * 1024 ** 2);
    expect(held).toBeLessThan(1024 ** 3);
    await engine.close();

    engine = engineWith({ slots: 1, maxMemoryBytes: held / 2 });
    await read();
    await read();
    await expect.poll(() => idle().map((thread) => thread.pages)).toEqual([0]);
  });

  it('outlives a thread that dies', async () => {
    engine = engineWith({ slots: 1 });
    await read();
    await (idle()[0] as unknown as { worker: { terminate(): Promise<number> } }).worker.terminate();
    expect(textOf(await read())[0]).toBe('This');
  });

  it('reads a page the same whatever it read before', async () => {
    engine = engineWith({ slots: 1 });
    const other = grayTiff('eurotext.tif', 300);
    const alone = await read();
    await engine.recognise({ image: other, language: 'eng', signal });
    await engine.recognise({ image: other, language: 'eng+fra', signal });
    expect(await read()).toEqual(alone);
  });
});
