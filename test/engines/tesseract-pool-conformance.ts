import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OcrEngine } from '../../src/base-ocr/engines/ocr-engine.js';
import { Tessdata } from '../../src/base-ocr/engines/tessdata.js';
import type { PoolLimits, TesseractReader } from '../../src/base-ocr/engines/tesseract-pool.js';
import { textOf } from './engine-conformance.js';
import { grayTiff } from './images.js';

/** What a pool of tesseracts that are kept from page to page promises, threads or processes. */
export function describePool(
  name: string,
  /** @param tessdata absent: that of the npm packages */
  makeEngine: (limits: PoolLimits, tessdata?: Tessdata) => OcrEngine,
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
    const engineWith = (limits: Partial<PoolLimits> = {}, tessdata?: Tessdata) =>
      makeEngine({ slots: 2, maxPages: 100, maxMemoryBytes: 1024 ** 3, ...limits }, tessdata);

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
      const data = await new Tessdata('').states('fra');
      const reader = idle().find((each) => each.suits({ language: 'fra', data, dpi: '72', psm: '3' }) === 'as it is');
      await read('fra');
      await read('eng');
      expect(reader?.pages).toBe(2);
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

    it.each([1, 2])('reads with language data that has been replaced, by a reader set up with it, in %i slots', async (slots) => {
      const folder = mkdtempSync(join(tmpdir(), 'replaced-'));
      const [packaged, added] = [new Tessdata(join(folder, 'packaged')), join(folder, 'added')];
      await packaged.prepare('eng+fra');
      mkdirSync(added);
      const replace = (language: string, seconds: number) => {
        const file = join(added, 'eng.traineddata');
        copyFileSync(join(packaged.folder, `${language}.traineddata`), file);
        utimesSync(file, seconds, seconds);
      };
      try {
        replace('eng', 1_800_000_000);
        engine = engineWith({ slots }, new Tessdata(join(folder, 'ours'), added));
        const english = await read('eng');
        const french = await read('fra');
        expect(await read('eng')).toEqual(english);
        const before = new Set(idle());

        // Another size tells of other data, too.
        for (const seconds of [1_800_000_000, 1_800_000_100]) {
          replace('fra', seconds);
          expect(await read('eng')).toEqual(french);
        }
        expect(idle().filter((reader) => !before.has(reader)).length).toBeGreaterThan(0);
        expect(french).not.toEqual(english);
        replace('eng', 1_800_000_200);
        expect(await read('eng')).toEqual(english);
      } finally {
        await engine.close();
        rmSync(folder, { recursive: true });
      }
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
