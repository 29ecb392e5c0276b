import { describe, expect, it } from 'vitest';
import type { EngineBlock } from './engines/ocr-engine.js';
import { readingScore } from './reading-score.js';

const box = { x0: 0, y0: 0, x1: 10, y1: 10 };
const said = (text: string, confidence: number): EngineBlock[] => [
  {
    box,
    paragraphs: [{ box, lines: [{ box, words: text.split(' ').map((word) => ({ text: word, box, confidence })) }] }],
  },
];

describe('how well a page was read', () => {
  it('grows with what was read and how surely', () => {
    expect(readingScore(said('the whole line was read', 90))).toBeGreaterThan(readingScore(said('the whole line', 90)));
    expect(readingScore(said('the whole line', 90))).toBeGreaterThan(readingScore(said('the whole line', 60)));
    expect(readingScore([])).toBe(0);
  });

  it('is more for nearly all of a page than for a little of it read surely', () => {
    expect(readingScore(said('all of this was read with care', 85))).toBeGreaterThan(readingScore(said('all of this', 97)));
  });

  it.each(['w0rd', 'wOrd', 'aaaa', '{|}', 'i1l|', '~x~y~'])('counts little for "%s"', (junk) => {
    const word = 'x'.repeat(junk.match(/[\p{L}\p{N}]/gu)?.length ?? 0).replace(/xxx/g, 'xax');
    expect(readingScore(said(junk, 90))).toBeLessThanOrEqual(0.5 * readingScore(said(word, 90)));
  });

  it.each(['l’été', '(1894),', '3.50', 'D.C.', 'McKay', "O'Brien", 'well-known', '12%', 'слово', '«rapide»'])(
    'counts "%s" in full',
    (word) => {
      const letters = word.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
      expect(readingScore(said(word, 100))).toBe(letters);
    },
  );
});
