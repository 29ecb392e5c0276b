import { describe, expect, it } from 'vitest';
import { distance, errorRates } from './cer.js';

describe('error rates', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['same', 'same', 0],
    ['ab', 'ba', 2],
  ])('count the edits between "%s" and "%s"', (a, b, edits) => {
    expect(distance([...a], [...b])).toBe(edits);
  });

  it('are errors over the length of the truth', () => {
    expect(errorRates('the quick brwn fox', 'the quick brown fox')).toEqual({ cer: 1 / 19, wer: 1 / 4 });
    expect(errorRates('', 'four')).toEqual({ cer: 1, wer: 1 });
    expect(errorRates('', '')).toEqual({ cer: 0, wer: 0 });
  });

  it('do not count line breaks, composed forms and typographic quotes', () => {
    expect(errorRates('l’e\u0301te\u0301\n\nfini', "l'été fini")).toEqual({ cer: 0, wer: 0 });
  });
});
