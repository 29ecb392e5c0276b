import { describe, expect, it } from 'vitest';
import { printedPage } from '../testing/printed-page.js';
import { histogramOf, otsuThreshold, paperTone, percentile } from './tones.js';

describe('the tones of a page', () => {
  const histogram = histogramOf(printedPage({ ink: 40, paper: 210 }));

  it('tell its paper', () => {
    expect(Math.abs(paperTone(histogram) - 210)).toBeLessThanOrEqual(6);
  });

  it('are parted between ink and paper', () => {
    expect(otsuThreshold(histogram)).toBeGreaterThan(40);
    expect(otsuThreshold(histogram)).toBeLessThanOrEqual(210);
  });

  it('have percentiles', () => {
    expect(percentile(histogram, 0.01)).toBe(40);
    expect(percentile(histogram, 0.9)).toBe(210);
  });
});
