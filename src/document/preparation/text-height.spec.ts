import { describe, expect, it } from 'vitest';
import { printedPage } from '../testing/printed-page.js';
import { findComponents } from './components.js';
import { suitingDpi } from './suiting-dpi.js';
import { measureWriting } from './text-height.js';
import { turnImage } from './turned-image.js';

const measured = (image: ReturnType<typeof printedPage>, sideways = false) =>
  measureWriting(findComponents(image, 128), image.dpi, sideways);

describe('the height of the writing', () => {
  it.each([6, 9, 14, 22, 40])('is found when small letters are %i pixels high', (xHeight) => {
    // Letters with a stem are higher; most have none.
    const { xHeight: found, letters } = measured(printedPage({ xHeight, width: 1600, height: 1600 }));
    expect(Math.abs((found ?? 0) * 200 - xHeight)).toBeLessThanOrEqual(1 + 0.05 * xHeight);
    expect(letters).toBeGreaterThan(50);
  });

  it('is the width of pieces on a page that lies on its side', () => {
    const { xHeight } = measured(turnImage(printedPage(), 90), true);
    expect(Math.abs((xHeight ?? 0) * 200 - 14)).toBeLessThanOrEqual(1);
  });

  it('is not made up from a few pieces', () => {
    expect(measured(printedPage({ width: 240, height: 110 })).xHeight).toBeNull();
  });
});

describe('the suiting resolution', () => {
  it('stays as it is for ordinary print', () => {
    expect(suitingDpi(14 / 200, 200)).toBe(200);
    expect(suitingDpi(null, 200)).toBe(200);
  });

  it('is higher for small print, lower for huge print', () => {
    expect(suitingDpi(7 / 200, 200)).toBe(400);
    expect(suitingDpi(9 / 200, 200)).toBe(311);
    expect(suitingDpi(60 / 200, 200)).toBe(100);
  });

  it('makes up no pixels a coarse scan does not have', () => {
    expect(suitingDpi(7 / 200, 200, 110)).toBe(220);
    expect(suitingDpi(7 / 200, 200, 72)).toBe(200);
  });
});
