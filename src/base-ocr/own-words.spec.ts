import { describe, expect, it } from 'vitest';
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
});
