import { describe, expect, it } from 'vitest';
import { printedPage } from '../testing/printed-page.js';
import { rotate } from './rotate.js';
import { findLines } from './skew.js';
import { turnImage } from './turned-image.js';

const page = printedPage({ dpi: 100, xHeight: 8 });

describe('the lines of a page', () => {
  it.each([0, 0.4, -1.3, 2.7, -4.9, 9.2, -9.8])('are found to lie %d degrees askew', (skew) => {
    const found = findLines(rotate(page, skew, 255), 128);
    expect(Math.abs(found.skew - skew)).toBeLessThanOrEqual(0.11);
    expect(found.sideways).toBe(false);
  });

  it.each([
    [0, false, false],
    [180, false, true],
    [90, true, false],
    [270, true, true],
  ] as const)('of a page turned by %i tell how it stands', (turn, sideways, reversed) => {
    expect(findLines(turnImage(page, turn), 128)).toEqual({ skew: 0, sideways, reversed });
  });

  it('are as askew on a page that lies on its side', () => {
    const found = findLines(turnImage(rotate(page, 3.1, 255), 90), 128);
    expect(found.sideways).toBe(true);
    expect(Math.abs(found.skew - 3.1)).toBeLessThanOrEqual(0.11);
  });

  it('are not made up where there are none', () => {
    const empty = { width: 500, height: 500, dpi: 100, data: new Uint8Array(250_000).fill(255) };
    expect(findLines(empty, 128)).toEqual({ skew: 0, sideways: false, reversed: false });
    let state = 7;
    const dust = { ...empty, data: empty.data.slice() };
    for (let i = 0; i < 6000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      dust.data[state % dust.data.length] = 0;
    }
    expect(findLines(dust, 128).skew).toBe(0);
  });
});
