import { describe, expect, it } from 'vitest';
import { pointsOf, resolutionOf } from './page-size.js';

describe('resolutionOf', () => {
  it.each([
    ['a scan that tells', 2480, 3508, { x: 300, y: 300 }, 300],
    ['a fax, coarser down than across', 1728, 1100, { x: 204, y: 98 }, 204],
    ['a letter page at 72, as told', 612, 792, { x: 72, y: 72 }, 72],
    ['a photo whose 72 means nothing', 3000, 4000, { x: 72, y: 72 }, 300],
    ['nonsense', 2480, 3508, { x: 1, y: 1 }, 300],
    ['nothing told, A4 at 300', 2480, 3508, undefined, 300],
    ['nothing told, A4 at 200', 1654, 2339, undefined, 200],
    ['a screenshot', 1280, 720, undefined, 100],
    ['the screenshot of a telephone', 1080, 2340, undefined, 200],
    ['a long screenshot', 1280, 12_000, undefined, 200],
    ['a long screenshot whose 96 means nothing', 1280, 12_000, { x: 96, y: 96 }, 200],
    ['a panorama', 12_000, 1280, undefined, 200],
    ['a receipt of a 203 dpi printer', 560, 22_000, undefined, 200],
    ['a long sheet as wide as A4 at 300', 2480, 12_000, undefined, 300],
  ])('takes %s', (_, width, height, told, x) => {
    expect(resolutionOf(width, height, told).x).toBe(x);
  });

  it('makes a huge image without resolution as large as A3', () => {
    const { width, height } = pointsOf(9000, 6000, resolutionOf(9000, 6000, undefined));
    expect(width).toBeCloseTo(16.5 * 72);
    expect(height).toBeCloseTo(11 * 72);
  });
});

describe('pointsOf', () => {
  it('keeps within what PDF allows', () => {
    expect(pointsOf(30_000, 10, { x: 72, y: 72 })).toEqual({ width: 14_400, height: 4.8 });
    expect(pointsOf(4, 2, { x: 144, y: 144 })).toEqual({ width: 6, height: 3 });
  });
});
