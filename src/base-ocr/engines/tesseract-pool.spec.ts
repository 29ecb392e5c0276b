import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrayImage } from '../../document/document.types.js';
import type { EngineBlock } from './ocr-engine.js';
import { TesseractPool, type TesseractReader } from './tesseract-pool.js';
import { Tessdata } from './tessdata.js';

const [WIDTH, HEIGHT] = [1400, 1000];
const page = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT).fill(230), dpi: 200 };
const { signal } = new AbortController();

/** TSV of one line with a word of 60 pixels every 80, the first at `left`. */
function tsvOf(left: number, top: number, ...words: [text: string, confidence: number][]): string {
  const row = (level: number, x: number, width: number, confidence: number, text = '') =>
    [level, 1, 1, 1, 1, 1, x, top, width, 20, confidence, text].join('\t');
  const outer = [2, 3, 4].map((level) => row(level, left, 1100, -1));
  return [...outer, ...words.map(([text, confidence], at) => row(5, left + at * 80, 60, confidence, text))].join('\n');
}

const FIRST = tsvOf(
  120,
  100,
  ['lt', 74],
  ['was', 96],
  ['late', 96],
  ...Array.from({ length: 9 }, (): [string, number] => ['certainly', 96]),
);

/** A reader that gives these answers, one after the other, and keeps what it was shown. */
class ScriptedReader implements TesseractReader {
  pages = 0;
  readonly memoryBytes = 0;
  dead = false;
  readonly shown: GrayImage[] = [];

  constructor(private readonly answers: (() => Promise<string>)[]) {}

  suits(): 'as it is' {
    return 'as it is';
  }

  recognise(image: GrayImage): Promise<string> {
    this.shown.push({ ...image });
    return this.answers.shift()!();
  }

  kill(): Promise<void> {
    this.dead = true;
    return Promise.resolve();
  }
}

describe('what a pool does about words it read doubtfully', () => {
  let folder: string;
  let pool: TesseractPool;
  let reader: ScriptedReader;
  const poolOf = (...answers: (() => Promise<string>)[]) => {
    reader = new ScriptedReader(answers);
    pool = new TesseractPool(new Tessdata(folder), { slots: 1, maxPages: 2, maxMemoryBytes: 1 }, () => Promise.resolve(reader));
    return pool;
  };
  const textOf = (blocks: EngineBlock[]) => blocks[0]!.paragraphs[0]!.lines[0]!.words.map(({ text }) => text).join(' ');

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tessdata-'))));
  afterEach(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  it('reads them again at full width, which counts as no page of its own', async () => {
    const again = () => Promise.resolve(tsvOf(20, 25, ['It', 93], ['was', 96], ['late', 96]));

    const found = await poolOf(() => Promise.resolve(FIRST), again).recognise({ image: page, language: 'eng', signal });

    expect(textOf(found)).toMatch(/^It was late certainly/);
    expect(reader.pages).toBe(1);
    const [narrow, sheet] = reader.shown as [GrayImage, GrayImage];
    expect(narrow.width).toBe((WIDTH * 6) / 7);
    // Three words of 60 pixels, 80 apart on the narrow image, up to the middle of the next space, and the paper around them.
    expect(sheet.width).toBeGreaterThan(((220 + 10) * 7) / 6);
    expect(sheet.height).toBeLessThan(100);
  });

  it('keeps what was read first where that fails', async () => {
    const fails = () => Promise.reject(new Error('no'));
    const found = await poolOf(() => Promise.resolve(FIRST), fails).recognise({ image: page, language: 'eng', signal });
    expect(textOf(found)).toMatch(/^lt was late/);
  });

  it('is told when the page is no longer wanted meanwhile', async () => {
    const stop = new AbortController();
    const aborted = () => {
      stop.abort(new Error('paused'));
      return Promise.reject(new Error('ended'));
    };
    const reading = poolOf(() => Promise.resolve(FIRST), aborted).recognise({
      image: page,
      language: 'eng',
      signal: stop.signal,
    });
    await expect(reading).rejects.toThrow('paused');
  });

  it.each([
    ['on a page that is not shown narrower', { image: { ...page, dpi: 100 }, language: 'eng' }],
    ['of scattered text', { image: page, language: 'eng', segmentation: 'scattered' as const }],
  ])('leaves them alone %s', async (_, request) => {
    const found = await poolOf(() => Promise.resolve(FIRST)).recognise({ ...request, signal });
    expect(textOf(found)).toMatch(/^lt was late/);
    expect(reader.shown).toHaveLength(1);
  });
});
