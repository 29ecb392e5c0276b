import { describe, expect, it } from 'vitest';
import { LookCounter } from '../../test/support/counted.js';
import { wordsOf, type PageBlock, type PageWord } from '../document/page-result.js';
import { markOwnWords } from './own-words.js';

const AROUND = { x0: 0, y0: 0, x1: 600, y1: 20 };

function block(words: PageWord[]): PageBlock {
  return { box: AROUND, paragraphs: [{ box: AROUND, lines: [{ box: AROUND, words }] }] };
}

function word(text: string, x0: number): PageWord {
  return { text, box: { x0, y0: 5, x1: x0 + 0.001, y1: 15 }, confidence: 90 };
}

describe('markOwnWords', () => {
  it('marks what a page says of very many words at one height', () => {
    const own = [block(Array.from({ length: 400_000 }, (_, i) => word(`w${i}`, i / 1000)))];
    const recognised = [block([word('w70', 0.07), word('other', 0.08), word('w399999', 399.999)])];
    markOwnWords(recognised, own);
    expect([...wordsOf({ blocks: recognised })].map((each) => each.own)).toEqual([true, undefined, true]);
  });

  it.each([
    ['side by side', (i: number) => ({ x0: i, y0: 5, x1: i + 0.9, y1: 15 })],
    ['above each other in one line', (i: number) => ({ x0: 0, y0: i / 1e4, x1: 9, y1: i / 1e4 + 5e-5 })],
    ['upon each other', () => ({ x0: 0, y0: 5, x1: 10, y1: 15 })],
    ['as high as a thousand pages', (i: number) => ({ x0: i, y0: 0, x1: i + 0.9, y1: 1e6 })],
  ])('looks at few words for each, however many stand %s', (_how, boxOf) => {
    const looksFor = (count: number) => {
      const counter = new LookCounter();
      const boxes = Array.from({ length: count }, (_, i) => boxOf(i));
      const words = (read: (value: number) => number) =>
        boxes.map(({ x0, y0, x1, y1 }, i) => ({
          text: `w${i}`,
          box: { x0: read(x0), y0: read(y0), x1: read(x1), y1: read(y1) },
          confidence: 90,
        }));
      markOwnWords([block(words((value) => value))], [block(words((value) => counter.number(value)))]);
      return counter.looks;
    };
    const [few, many] = [looksFor(1_000), looksFor(4_000)];
    // four times as many words: four times the looks, and a little for a deeper index; two for each other would be sixteen times
    expect(many / few).toBeLessThan(6);
  });

  it('marks words of tall text among others', () => {
    const tall = { text: 'tall', box: { x0: 0, y0: 0, x1: 20, y1: 500 }, confidence: 90 };
    const recognised = [block([{ ...tall }, word('tall', 300)])];
    markOwnWords(recognised, [block([{ ...tall }, word('other', 300)])]);
    expect([...wordsOf({ blocks: recognised })].map((each) => each.own)).toEqual([true, undefined]);
  });

  it('tells very long words apart without counting their slips', () => {
    const long = 'a'.repeat(100_000);
    const recognised = [block([word(long, 0), word(`${long}b`, 10), word(`b${long}`, 20)])];
    markOwnWords(recognised, [block([word(long, 0), word(`${long}b`, 10), word(`${long}c`, 20)])]);
    expect([...wordsOf({ blocks: recognised })].map((each) => each.own)).toEqual([true, true, undefined]);
  });
});
