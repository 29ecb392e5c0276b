import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineBlock, OcrEngine, PixelBox, RecogniseResponse } from '../../src/base-ocr/engines/ocr-engine.js';
import type { GrayImage } from '../../src/document/document.types.js';
import { documentPath, grayTiff, plain, stacked } from './images.js';

/** Where the spec of an engine says what holds for it alone. */
export interface ConformanceOptions {
  /** False for engines that take any language. */
  knowsItsLanguages?: boolean;
}

/**
 * The contract of `OcrEngine`, as tests every engine must pass. `makeEngine` gives a fresh engine with two slots that reads
 * English.
 */
export function describeEngine(name: string, makeEngine: () => OcrEngine, options: ConformanceOptions = {}): void {
  describe(`the engine ${name} keeps the contract`, () => {
    const page = grayTiff('phototest.tif', 72);
    const truth = wordsIn(readFileSync(documentPath('phototest.txt'), 'utf8'));
    const never = new AbortController().signal;
    let engine: OcrEngine;
    const read = (image: GrayImage, signal = never, language = 'eng') => engine.recognise({ image, language, signal });

    beforeAll(() => {
      engine = makeEngine();
    });
    afterAll(() => engine.close());

    it('says that it is ready, and with what', async () => {
      const status = await engine.status();
      expect(status).toMatchObject({ name: engine.name, ready: true, slots: 2 });
      expect(status.version).toMatch(/^\d/);
      if (options.knowsItsLanguages !== false) expect(status.languages).toEqual(expect.arrayContaining(['eng', 'fra']));
    });

    it('reads the words of a page in order', async () => {
      expect(textOf(await read(page))).toEqual(truth);
    });

    it('gives boxes inside the image and inside each other, and confidences from 0 to 100', async () => {
      const { blocks } = await read(page);
      const whole = { x0: 0, y0: 0, x1: page.width, y1: page.height };
      for (const block of blocks) {
        expect(inside(block.box, whole)).toBe(true);
        for (const paragraph of block.paragraphs) {
          expect(inside(paragraph.box, block.box)).toBe(true);
          for (const line of paragraph.lines) {
            expect(inside(line.box, paragraph.box)).toBe(true);
            for (const word of line.words) {
              expect(inside(word.box, line.box)).toBe(true);
              expect(word.box.x1).toBeGreaterThan(word.box.x0);
              expect(word.confidence).toBeGreaterThanOrEqual(0);
              expect(word.confidence).toBeLessThanOrEqual(100);
            }
          }
        }
      }
      const [first] = wordsOf(blocks);
      // "This" stands at the top left of the page, 60 pixels wide.
      expect(first?.box.x0).toBeCloseTo(36, -1);
      expect(first?.box.y0).toBeCloseTo(92, -1);
      expect(first?.box.x1).toBeCloseTo(96, -1);
    });

    it('finds nothing on an empty page', async () => {
      expect(wordsOf((await read(plain(600, 800))).blocks)).toEqual([]);
    });

    it('takes more pages at once than it has slots', async () => {
      const responses = await Promise.all(Array.from({ length: 5 }, () => read(page)));
      for (const response of responses) expect(textOf(response)).toEqual(truth);
    });

    it('stops within a second when aborted, uses no more CPU, and reads the next page', async () => {
      const big = stacked(page, 30);
      await read(page);
      const abort = new AbortController();
      const started = performance.now();
      const long = read(big, abort.signal);
      const soon = read(page); // the neighbour goes on undisturbed
      const outcome = long.catch((error: unknown) => error);
      expect(textOf(await soon)).toEqual(truth);
      abort.abort(new Error('enough'));
      const aborted = performance.now();
      expect(await outcome).toBe(abort.signal.reason);
      expect(performance.now() - aborted).toBeLessThan(1000);
      expect(aborted - started).toBeLessThan(5000);
      expect(textOf(await read(page))).toEqual(truth);
      // Going on, the big page would take several seconds more; a fresh worker may still be starting for a moment.
      await expect.poll(cpuShare, { timeout: 3000, interval: 0 }).toBeLessThan(0.5);
    });

    it('rejects an aborted caller that still waits for a slot, and serves those behind it', async () => {
      const abort = new AbortController();
      const busy = [read(page), read(page)];
      const waiting = read(page, abort.signal).catch((error: unknown) => error);
      const behind = read(page);
      abort.abort(new Error('not any more'));
      expect(await waiting).toBe(abort.signal.reason);
      for (const response of await Promise.all([...busy, behind])) expect(textOf(response)).toEqual(truth);
    });

    it('rejects at once when the signal is aborted already', async () => {
      const reason = new Error('too late');
      await expect(read(page, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it.runIf(options.knowsItsLanguages !== false)('names the installed languages when one is missing', async () => {
      await expect(read(page, never, 'eng+xyz')).rejects.toMatchObject({
        code: 'language_not_available',
        message: expect.stringMatching(/xyz.*eng.*fra/s),
      });
      await expect(read(page, never, '../eng')).rejects.toMatchObject({ code: 'language_not_available' });
    });

    it('reads several languages, and changes between them', async () => {
      expect(textOf(await read(page, never, 'eng+fra'))).toEqual(truth);
      expect(textOf(await read(page))).toEqual(truth);
    });

    const unusable: [string, GrayImage][] = [
      ['no pixels', plain(0, 0)],
      ['fewer bytes than pixels', { ...page, data: page.data.subarray(0, 100) }],
      ['a size that is no number', { ...page, width: Number.NaN }],
      ['a broken size', { ...page, height: 12.5 }],
      ['a side beyond the engine', plain(40_000, 10)],
    ];
    it.each(unusable)('refuses an image with %s by code, and reads the next page', async (_, image) => {
      await expect(read(image)).rejects.toMatchObject({ name: 'OcrError', code: 'engine_failed', retryable: false });
      expect(textOf(await read(page))).toEqual(truth);
    });

    const odd: [string, GrayImage][] = [
      ['one pixel', plain(1, 1, 0)],
      ['a line of pixels', plain(3000, 1, 0)],
      ['noise', { ...plain(400, 300), data: noise(400 * 300) }],
      ['an impossible resolution', { ...page, dpi: Number.NaN }],
    ];
    it.each(odd)('survives an image of %s', async (_, image) => {
      await read(image).catch((error: unknown) => expect(error).toMatchObject({ code: 'engine_failed' }));
      expect(textOf(await read(page))).toEqual(truth);
    });

    it('closes more than once, refusing whoever is in it or comes later', async () => {
      const other = makeEngine();
      const request = { image: stacked(page, 10), language: 'eng', signal: never };
      const calls = Array.from({ length: 3 }, () => other.recognise(request).catch((error: unknown) => error));
      await other.recognise({ ...request, image: plain(0, 0) }).catch(() => undefined);
      await other.close();
      await other.close();
      for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'engine_unavailable' });
      await expect(other.recognise(request)).rejects.toMatchObject({ code: 'engine_unavailable' });
    });
  });
}

/** The words of an engine's answer, in order. */
export function textOf(response: RecogniseResponse): string[] {
  return wordsOf(response.blocks).map((word) => word.text);
}

function wordsOf(blocks: readonly EngineBlock[]) {
  return blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines.flatMap((line) => line.words));
}

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function inside(inner: PixelBox, outer: PixelBox): boolean {
  return inner.x0 >= outer.x0 && inner.y0 >= outer.y0 && inner.x1 <= outer.x1 && inner.y1 <= outer.y1;
}

/** Always the same noise (a linear congruential generator). */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state >> 16;
  });
}

/** Cores this process (its threads included) uses over a moment. */
async function cpuShare(): Promise<number> {
  const before = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1000 / (performance.now() - started);
}
