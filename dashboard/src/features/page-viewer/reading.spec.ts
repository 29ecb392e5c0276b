import { describe, expect, it } from 'vitest';
import { guessLanguage } from './guess-language';
import { inkContrast } from './ink';
import { readPageSearch, turnedOnce } from './page-search';
import { nextDoubtful, wordsOf, type Reading } from './reading';

const box = { x0: 0, y0: 0, x1: 1, y1: 1 };
const lineOf = (...confidences: number[]) => ({ box, words: confidences.map((confidence) => ({ text: 'w', box, confidence })) });
const blocks: Reading['blocks'] = [
  { box, paragraphs: [{ box, lines: [lineOf(95, 40), lineOf(90)] }] },
  { box, paragraphs: [{ box, lines: [lineOf(20, 99)] }] },
];

describe('the words of a reading', () => {
  const { words, paragraphs } = wordsOf({ blocks });

  it('stand in reading order, with their lines', () => {
    expect(words.map(({ index, line }) => [index, line])).toEqual([
      [0, 1],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 3],
    ]);
    expect(paragraphs.map((lines) => lines.map((line) => line.length))).toEqual([[2, 1], [2]]);
  });

  it('can be gone through by doubt, round and round', () => {
    const next = (from: number, step: 1 | -1) => nextDoubtful(words, from, 70, step)?.index;
    expect([next(-1, 1), next(1, 1), next(3, 1)]).toEqual([1, 3, 1]);
    expect([next(-1, -1), next(3, -1), next(1, -1)]).toEqual([3, 1, 3]);
    expect(nextDoubtful(words, -1, 10, 1)).toBeUndefined();
  });
});

describe('the address', () => {
  it('is read without trust', () => {
    const search = { threshold: 55, zoom: 'page', turn: 90, view: 'text', word: 12, compare: 'abc' };
    expect(readPageSearch(search)).toEqual(search);
    const wrong = { threshold: 101, zoom: 9000, turn: 45, view: 'both', word: -1, compare: {} };
    expect(readPageSearch(wrong)).toEqual({});
    expect(readPageSearch({ threshold: 70 })).toEqual({});
  });

  it('turns by quarters', () => {
    expect(turnedOnce(270)).toBe(0);
  });
});

describe('guessing a language', () => {
  it('needs words enough, and a lead', () => {
    const english = 'It was the best of times and it was the worst of times, for they had all that they wished to have';
    const german =
      'Der Vertrag ist mit dem Tag der Unterschrift und nach der Zahlung durch den Käufer für beide bindend, wird aber nicht';
    expect(guessLanguage(english.split(' '))).toBe('eng');
    expect(guessLanguage(german.split(' '))).toBe('deu');
    expect(guessLanguage(['the', 'of'])).toBeNull();
    expect(guessLanguage([])).toBeNull();
  });
});

describe('the contrast of ink and paper', () => {
  /** A page of one brightness, one pixel in fifty of another. */
  const page = (paper: number, ink: number) =>
    Array.from({ length: 5000 }, (_, pixel) => (pixel % 50 === 0 ? ink : paper)).flatMap((level) => [level, level, level, 255]);

  it('is 1 for black on white, little for faint ink, none for an even surface', () => {
    expect(inkContrast(page(255, 0))).toBe(1);
    expect(inkContrast(page(240, 190))).toBeCloseTo(50 / 255);
    expect(inkContrast(page(128, 128))).toBe(0);
  });
});
