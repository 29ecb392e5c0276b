import { describe, expect, it } from 'vitest';
import { bandOf, BANDS, countBands, rangeOf } from './bands';

describe('bands of confidence', () => {
  it('move with the threshold', () => {
    expect([95, 90, 89, 70, 69, 35, 34, 0].map((confidence) => bandOf(confidence, 70))).toEqual([
      'sure',
      'sure',
      'fair',
      'fair',
      'doubtful',
      'doubtful',
      'lost',
      'lost',
    ]);
    expect(bandOf(94, 95)).toBe('doubtful');
    expect(bandOf(0, 0)).toBe('fair');
  });

  it.each([0, 40, 70, 90, 95, 100])('have ranges that agree with them, at %i', (threshold) => {
    for (let confidence = 0; confidence < 100; confidence += 0.5) {
      const inRange = BANDS.filter((band) => {
        const range = rangeOf(band, threshold);
        return range !== null && confidence >= range.from && confidence < range.to;
      });
      expect(inRange).toEqual([bandOf(confidence, threshold)]);
    }
  });

  it('are counted', () => {
    const words = [99, 98, 80, 50, 10].map((confidence) => ({ confidence }));
    expect(countBands(words, 70)).toEqual({ sure: 2, fair: 1, doubtful: 1, lost: 1 });
  });
});
