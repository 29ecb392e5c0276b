import { describe, expect, it } from 'vitest';
import { chooseDpi, ownDpi } from './choose-dpi.js';
import type { PageContent } from './document.types.js';
import { turnedSize } from './preparation/rotate.js';

const page = (images: PageContent['images'], size = { width: 612, height: 792 }): PageContent => ({
  ...size,
  rotation: 0,
  visibleChars: 0,
  invisibleChars: 0,
  images,
  pictured: Math.min(
    1,
    images.reduce((sum, { coverage }) => sum + coverage, 0),
  ),
  hasVectors: false,
  empty: false,
});
const scan = (dpi: number) => page([{ coverage: 1, dpi }]);

describe('chooseDpi', () => {
  it('takes what is asked for', () => {
    expect(chooseDpi(scan(600), 400)).toBe(400);
  });

  it.each([
    [600, 200],
    [300, 200],
    [200, 200],
    [180, 180],
    [150, 150],
    [96, 200],
  ])('draws a scan of %i dpi at %i', (own, drawn) => {
    expect(chooseDpi(scan(own), 0)).toBe(drawn);
  });

  it('knows the resolution of a scan in strips, and of the layer that carries the writing', () => {
    expect(ownDpi(page(Array.from({ length: 8 }, () => ({ coverage: 0.125, dpi: 160 }))))).toBe(160);
    const layers = [
      { coverage: 1, dpi: 100 },
      { coverage: 0.7, dpi: 300 },
      { coverage: 0.02, dpi: 600 },
    ];
    expect(ownDpi(page(layers))).toBe(300);
    expect(ownDpi(page([{ coverage: 0.5, dpi: 300 }]))).toBeUndefined();
  });

  it('draws pages of text, or with a small image, at 200', () => {
    expect(chooseDpi(page([]), 0)).toBe(200);
    expect(chooseDpi(page([{ coverage: 0.3, dpi: 160 }]), 0)).toBe(200);
  });

  it('keeps the drawn page within the limit of pixels, asked or not', () => {
    const poster = page([], { width: 8400, height: 8400 });
    for (const asked of [0, 300]) {
      const dpi = chooseDpi(poster, asked, 1_000_000);
      expect(Math.round((8400 * dpi) / 72) ** 2).toBeLessThanOrEqual(1_000_000);
      expect(Math.round((8400 * (dpi + 1)) / 72) ** 2).toBeGreaterThan(1_000_000);
    }
  });

  it('keeps the sides of a long page within what engines take, even when it is set straight', () => {
    const roll = page([{ coverage: 1, dpi: 200 }], { width: 201.6, height: 13_000 });
    for (const asked of [0, 400]) {
      const dpi = chooseDpi(roll, asked, 1_000_000_000);
      const drawn = [201.6, 13_000].map((side) => Math.round((side * dpi) / 72));
      for (const skew of [0, 1, 10]) {
        const { width, height } = turnedSize(drawn[0], drawn[1], skew);
        expect(Math.max(width, height)).toBeLessThanOrEqual(32_767);
      }
      expect((13_000 * (dpi + 1)) / 72).toBeGreaterThan(32_767);
    }
  });
});
