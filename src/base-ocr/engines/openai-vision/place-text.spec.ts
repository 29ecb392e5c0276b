import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { grayTiff, plain } from '../../../../test/engines/images.js';
import type { GrayImage } from '../../../document/document.types.js';
import type { EngineBlock, PixelBox } from '../ocr-engine.js';
import { Tessdata } from '../tessdata.js';
import { TesseractJsEngine } from '../tesseract-js.engine.js';
import { findLines } from './find-lines.js';
import { Ink } from './ink.js';
import { placeText } from './place-text.js';
import { readableText } from './readable-text.js';

const folder = mkdtempSync(join(tmpdir(), 'place-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A white page with black bars where words would be. */
function pageOf(width: number, height: number, bars: readonly PixelBox[]): GrayImage {
  const page = plain(width, height);
  for (const { x0, y0, x1, y1 } of bars) for (let y = y0; y < y1; y++) page.data.fill(0, y * width + x0, y * width + x1);
  return page;
}

/** A line of words of these lengths, 10 pixels a letter, 10 between words, 20 high. */
function line(x: number, y: number, ...lengths: number[]): PixelBox[] {
  let at = x;
  return lengths.map((length) => {
    const bar = { x0: at, y0: y, x1: at + length * 10, y1: y + 20 };
    at = bar.x1 + 10;
    return bar;
  });
}

function overlap(a: PixelBox, b: PixelBox): number {
  const area = ({ x0, y0, x1, y1 }: PixelBox) => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const shared = area({ x0: Math.max(a.x0, b.x0), y0: Math.max(a.y0, b.y0), x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1) });
  return shared / (area(a) + area(b) - shared);
}

describe('placing text without places', () => {
  const linesIn = (image: GrayImage) => findLines(Ink.of(image)).map(({ x0, y0 }) => [x0, y0]);

  it.each(['phototest.tif', 'eurotext.tif'])('puts the words of %s where tesseract sees them', async (name) => {
    const image = grayTiff(name, 300);
    const engine = new TesseractJsEngine(new Tessdata(folder), { slots: 1, maxPages: 9, maxMemoryBytes: 1024 ** 3 });
    const { blocks } = await engine.recognise({ image, language: 'eng', signal: new AbortController().signal });
    await engine.close();
    const lines = blocks.flatMap((block: EngineBlock) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
    const seen = lines.flatMap((each) => each.words);
    const text = lines.map((each) => each.words.map((word) => word.text).join(' ')).join('\n');

    const apart = placeText(text, image).flat(3);
    expect(apart.map((word) => word.text)).toEqual(seen.map((word) => word.text));
    const mean = (words: typeof apart) =>
      words.reduce((sum, word, i) => sum + overlap(word.box, seen[i]?.box ?? word.box), 0) / words.length;
    expect(mean(apart)).toBeGreaterThan(0.7);
    // Poured in one piece, words may slip into the neighbouring line here and there.
    const poured = placeText(text.replaceAll('\n', ' '), image).flat(3);
    expect(poured.map((word) => word.text)).toEqual(seen.map((word) => word.text));
    const inLine = poured.filter((word, i) => {
      const middle = (word.box.y0 + word.box.y1) / 2;
      const box = seen[i]?.box;
      return box !== undefined && middle > box.y0 - 4 && middle < box.y1 + 4;
    });
    expect(inLine.length / poured.length).toBeGreaterThan(0.8);
  });

  it('reads one column after the other, below a heading over both', () => {
    const left = [100, 140, 180, 220].flatMap((y) => line(20, y, 5, 6, 7));
    const right = [100, 140, 180].flatMap((y) => line(320, y, 7, 6, 5));
    expect(linesIn(pageOf(560, 300, [...line(120, 20, 8, 9, 8), ...left, ...right]))).toEqual([
      [120, 20],
      [20, 100],
      [20, 140],
      [20, 180],
      [20, 220],
      [320, 100],
      [320, 140],
      [320, 180],
    ]);
  });

  it('takes dots for parts of their line, and rules and pictures for none', () => {
    const text = [100, 140, 180].flatMap((y) => line(20, y, 5, 6, 7));
    const dots = [{ x0: 60, y0: 95, x1: 64, y1: 98 }];
    const rule = [{ x0: 10, y0: 220, x1: 300, y1: 222 }];
    const picture = [{ x0: 20, y0: 250, x1: 300, y1: 390 }];
    expect(linesIn(pageOf(320, 400, [...text, ...dots, ...rule, ...picture]))).toEqual([
      [20, 95],
      [20, 140],
      [20, 180],
    ]);
  });

  it('places words at the gaps of their line, from the right for scripts written that way', () => {
    const page = pageOf(300, 60, line(20, 20, 4, 6, 3));
    const [latin] = placeText('four sixsix two', page).flat(2);
    expect(latin?.map(({ text, box }) => [text, box.x0, box.x1])).toEqual([
      ['four', 20, 60],
      ['sixsix', 70, 130],
      ['two', 140, 170],
    ]);
    const [hebrew] = placeText('שלו םשלוםש שלום', page).flat(2);
    expect(hebrew?.map(({ text, box }) => [text, box.x0, box.x1])).toEqual([
      ['שלו', 140, 170],
      ['םשלוםש', 70, 130],
      ['שלום', 20, 60],
    ]);
  });

  it('keeps paragraphs, and pours a text whose lines are others than the page’s', () => {
    const page = pageOf(
      400,
      200,
      [20, 60, 100].flatMap((y) => line(20, y, 9, 9, 9)),
    );
    const apart = placeText(
      'aaaaaaaaa bbbbbbbbb ccccccccc\n\nddddddddd eeeeeeeee fffffffff\nggggggggg hhhhhhhhh iiiiiiiii',
      page,
    );
    expect(apart[0]?.map((paragraph) => paragraph.length)).toEqual([1, 2]);
    const poured = placeText('aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hhhhhhhhh iiiiiiiii', page);
    expect(poured.flat(2).map((each) => each.map((word) => word.box.y0))).toEqual([
      [20, 20, 20],
      [60, 60, 60],
      [100, 100, 100],
    ]);
  });

  it('spreads text over a page on which it finds nothing', () => {
    const words = placeText('some text', plain(100, 50)).flat(3);
    expect(words.map(({ text }) => text)).toEqual(['some', 'text']);
    expect(placeText('', pageOf(300, 60, line(20, 20, 4)))).toEqual([]);
  });
});

describe('what a model says', () => {
  it('is taken out of its fence, and refused when it goes in circles', () => {
    expect(readableText('```markdown\nA line\r\nanother\n```')).toBe('A line\nanother');
    expect(readableText('plain')).toBe('plain');
    expect(readableText('a\n'.repeat(30))).toBeUndefined();
    expect(readableText(`Contents ${'. '.repeat(60)} 7`)).toBeDefined();
    expect(readableText('\n'.repeat(60))).toBeDefined();
  });
});
