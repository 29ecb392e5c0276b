import { afterEach, describe, expect, it } from 'vitest';
import type { OcrEngine } from '../../src/base-ocr/engines/ocr-engine.js';
import type { PoolLimits, TesseractReader } from '../../src/base-ocr/engines/tesseract-pool.js';
import { textOf } from './engine-conformance.js';
import { grayTiff } from './images.js';

/** What a pool of tesseracts that are kept from page to page promises, threads or processes. */
export function describePool(
  name: string,
  makeEngine: (limits: PoolLimits) => OcrEngine,
  /** Ends a reader from outside, as a crash would. */
  crash: (reader: TesseractReader) => unknown,
): void {
  describe(`the pool of ${name}`, () => {
    const page = grayTiff('phototest.tif', 72);
    const signal = new AbortController().signal;
    let engine: OcrEngine;
    /** The readers that wait for work. */
    const idle = () => (engine as unknown as { pool: { idle: TesseractReader[] } }).pool.idle;
    const read = (language = 'eng', dpi = 72) => engine.recognise({ image: { ...page, dpi }, language, signal });
    const engineWith = (limits: Partial<PoolLimits> = {}) =>
      makeEngine({ slots: 2, maxPages: 100, maxMemoryBytes: 1024 ** 3, ...limits });

    afterEach(() => engine.close());

    it('starts no more readers than pages need, and keeps them', async () => {
      engine = engineWith();
      await read();
      const [reader] = idle();
      await read('eng', 150);
      expect(idle()).toEqual([reader]);
      expect(reader?.pages).toBe(2);
    });

    it('gives a page to the reader that has its language', async () => {
      engine = engineWith();
      await Promise.all([read('eng'), read('fra')]);
      const french = idle().find((reader) => reader.suits({ language: 'fra', dpi: '72', psm: '3' }) === 'as it is');
      await read('fra');
      await read('eng');
      expect(french?.pages).toBe(2);
      expect(idle().map((reader) => reader.pages)).toEqual([2, 2]);
    });

    it('reads one language after the other in one slot', async () => {
      engine = engineWith({ slots: 1 });
      const texts = [];
      for (const language of ['eng', 'fra', 'eng']) texts.push(textOf(await read(language)));
      expect(texts[2]).toEqual(texts[0]);
      expect(texts[1]?.length).toBeGreaterThan(50);
      expect(idle()).toHaveLength(1);
    });

    it('replaces a reader after its pages', async () => {
      engine = engineWith({ slots: 1, maxPages: 2 });
      const texts = [];
      for (let i = 0; i < 3; i++) texts.push(textOf(await read()));
      expect(idle().map((reader) => reader.pages)).toEqual([1]);
      expect(texts[2]).toEqual(texts[0]);
    });

    it('knows what a reader holds, and replaces one that holds too much', async () => {
      engine = engineWith({ slots: 1 });
      await read();
      const held = idle()[0]?.memoryBytes ?? 0;
      expect(held).toBeGreaterThan(30 * 1024 ** 2);
      expect(held).toBeLessThan(1024 ** 3);
      await engine.close();

      engine = engineWith({ slots: 1, maxMemoryBytes: held / 2 });
      await read();
      await read();
      await expect.poll(() => idle().map((reader) => reader.pages)).toEqual([0]);
    });

    it('outlives a reader that dies', async () => {
      engine = engineWith({ slots: 1 });
      await read();
      await crash(idle()[0]!);
      expect(textOf(await read())[0]).toBe('This');
    });

    it('reads a page the same whatever it read before', async () => {
      engine = engineWith({ slots: 1 });
      const other = grayTiff('eurotext.tif', 300);
      const alone = await read();
      await engine.recognise({ image: other, language: 'eng', signal });
      await engine.recognise({ image: other, language: 'eng+fra', signal });
      await engine.recognise({ image: other, language: 'eng', segmentation: 'scattered', signal });
      await engine.recognise({ image: other, language: 'eng', signal });
      expect(await read()).toEqual(alone);
    });
  });
}
