import { describe, expect, it } from 'vitest';
import { LookCounter } from '../../test/support/counted.js';
import type { PageBlock } from '../document/page-result.js';
import { mergeBlocks } from './merge-blocks.js';

const block = (name: string, x0: number, y0: number, x1: number, y1: number): PageBlock => {
  const box = { x0, y0, x1, y1 };
  return { box, paragraphs: [{ box, lines: [{ box, words: [{ text: name, box, confidence: 90 }] }] }] };
};
const names = (blocks: readonly PageBlock[]) => blocks.map((each) => each.paragraphs[0]?.lines[0]?.words[0]?.text);

describe('blocks read from pictures', () => {
  const page = [block('left', 0, 0, 100, 300), block('right top', 120, 0, 220, 100), block('right end', 120, 200, 220, 300)];

  it('come between the text of their column', () => {
    expect(names(mergeBlocks(page, [block('picture', 130, 110, 210, 190)]))).toEqual([
      'left',
      'right top',
      'picture',
      'right end',
    ]);
  });

  it('come first above everything, last below it', () => {
    const merged = mergeBlocks(
      [block('text', 0, 100, 200, 200)],
      [block('foot', 0, 220, 200, 240), block('head', 0, 0, 200, 50)],
    );
    expect(names(merged)).toEqual(['head', 'text', 'foot']);
  });

  it('keep their own order, and stand alone where there is no text', () => {
    const pictures = [block('one', 0, 0, 100, 50), block('two', 0, 60, 100, 90)];
    expect(names(mergeBlocks([], pictures))).toEqual(['one', 'two']);
  });

  it.each([
    [100_000, 100_000],
    [10, 100_000],
    [100_000, 100],
  ])('are not compared with all others when %d blocks meet %d', (ofText, ofPictures) => {
    const counter = new LookCounter();
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        block('', counter.number(0), counter.number(i), counter.number(9), counter.number(i)),
      );
    expect(mergeBlocks(many(ofText), many(ofPictures))).toHaveLength(ofText + ofPictures);
    expect(counter.looks).toBeLessThan(20_000_000);
  });
});
