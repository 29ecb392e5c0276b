import { describe, expect, it } from 'vitest';
import { fill, printedPage, type Print } from '../testing/printed-page.js';
import { binarise } from './binarise.js';
import { clearBorder } from './clear-border.js';
import { isNegative, lookAt, needsContrast } from './condition.js';
import { despeckle } from './despeckle.js';
import { flatten } from './flatten.js';
import { invert } from './invert.js';
import { resample, shrink } from './scale.js';
import { soften } from './soften.js';

type Page = ReturnType<typeof printedPage>;

/** How many pixels are on the wrong side of the middle, against a clean page. */
function wrong(image: Page, clean: Page): number {
  let count = 0;
  for (let i = 0; i < clean.data.length; i++) if (image.data[i] < 128 !== clean.data[i] < 128) count++;
  return count / clean.data.length;
}

/** Brighter on the left than on the right, by `shade` gray levels. */
function shaded(page: Page, shade: number): Page {
  const data = page.data.map((value, i) => Math.max(0, value - (shade * (i % page.width)) / page.width));
  return { ...page, data };
}

function specked(page: Page): Page {
  const copy = { ...page, data: page.data.slice() };
  let state = 3;
  for (let i = 0; i < 2500; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    copy.data[state % copy.data.length] = i % 2 === 0 ? 0 : 255;
  }
  return copy;
}

/** With a scanner's noise, the same each time. */
function noisy(page: Page, levels: number): Page {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const noise = () => (random() + random() + random() + random() - 2) * Math.sqrt(3) * levels;
  return { ...page, data: page.data.map((value) => Math.max(0, Math.min(255, value + noise()))) };
}

/** A page in A4 with a scanner's noise, written on in its uppermost part alone. */
function shortLetter(print: Print, lines: number): Page {
  const page = printedPage({ width: 1654, height: 2339, ...print });
  fill(page, 0, 50 + lines * 42, page.width, page.height, print.paper ?? 255);
  return noisy(page, 8);
}

const clean = printedPage();

describe('a page image', () => {
  it('that is faint or shaded is told from an ordinary one, and becomes black on white', () => {
    const faint = printedPage({ ink: 170, paper: 205 });
    const dark = shaded(printedPage({ ink: 60, paper: 230 }), 90);
    expect([clean, faint, dark].map((page) => needsContrast(page))).toEqual([false, true, true]);
    for (const page of [faint, dark]) expect(wrong(flatten(page), clean)).toBeLessThan(0.002);
  });

  it('of small print is not taken for faint, however thin its strokes, and faint small print is', () => {
    const small = { xHeight: 8, paper: 240 };
    const shown = [{}, { ink: 60 }, { ink: 200 }].map((print) => noisy(printedPage({ ...small, ...print }), 8));
    expect(shown.map((page) => needsContrast(page))).toEqual([false, false, true]);
  });

  it('that stands out but lies in a shadow nearly as deep as its ink is told from one in a lighter shadow', () => {
    const gray = printedPage({ ink: 150, paper: 225 });
    fill(gray, 0, 200, gray.width, gray.height, 225);
    expect([20, 48].map((shade) => needsContrast(shaded(gray, shade)))).toEqual([false, true]);
  });

  it('with little on it is judged by that, not by its blank paper, and loses neither its writing nor the rest of its white', () => {
    const letter = shortLetter({}, 4);
    const faint = shortLetter({ ink: 190, paper: 230 }, 4);
    expect([letter, faint].map((page) => needsContrast(page))).toEqual([false, true]);
    const written = printedPage({ width: 1654, height: 2339 });
    fill(written, 0, 50 + 4 * 42, written.width, written.height, 255);
    for (const page of [letter, faint]) expect(wrong(flatten(soften(page)), written)).toBeLessThan(0.002);
  });

  it('with so little ink that its noise outweighs it is evened out', () => {
    expect(needsContrast(shortLetter({ ink: 140, paper: 230 }, 1))).toBe(true);
  });

  it('becomes black and white where a single threshold would fail', () => {
    const dark = shaded(printedPage({ ink: 110, paper: 235 }), 130);
    const bilevel = binarise(dark);
    expect(new Set(bilevel.data)).toEqual(new Set([0, 255]));
    expect(wrong(bilevel, clean)).toBeLessThan(0.005);
    expect(wrong(dark, clean)).toBeGreaterThan(0.05);
  });

  it('in negative is known and turned', () => {
    const negative = { ...clean, data: clean.data.slice() };
    invert(negative);
    expect([isNegative(clean), isNegative(negative)]).toEqual([false, true]);
    invert(negative);
    expect(Buffer.compare(negative.data, clean.data)).toBe(0);
  });

  it('with dust is known, and the dust taken off without the letters', () => {
    const dusty = specked(clean);
    expect([lookAt(clean).dirty, lookAt(dusty).dirty]).toEqual([false, true]);
    expect(lookAt(despeckle(dusty)).dirty).toBe(false);
    expect(lookAt(despeckle(dusty)).writing.letters).toBeGreaterThan(0.95 * lookAt(clean).writing.letters);
  });

  it('loses dark edges, and nothing else', () => {
    const edged = { ...clean, data: clean.data.slice() };
    fill(edged, 0, 0, 30, edged.height, 10);
    fill(edged, edged.width - 20, 0, edged.width, edged.height, 10);
    expect(clearBorder(edged, 255)).toBe(true);
    expect(wrong(edged, clean)).toBe(0);
    expect(clearBorder({ ...clean, data: clean.data.slice() }, 255)).toBe(false);
  });

  it('keeps the light title in a dark band that runs to its edges, and still loses a dark edge beside it', () => {
    const title = printedPage({ height: 150, ink: 255, paper: 30 });
    const banded = { ...clean, data: clean.data.slice() };
    banded.data.set(title.data);
    const before = { ...banded, data: banded.data.slice() };
    expect(clearBorder(banded, 255)).toBe(false);
    expect(Buffer.compare(banded.data, before.data)).toBe(0);
    fill(banded, 0, 200, 30, banded.height, 10);
    fill(before, 0, 200, 30, before.height, 255);
    expect(clearBorder(banded, 255)).toBe(true);
    expect(wrong(banded, before)).toBe(0);
  });

  it('loses a dark edge with dust on it', () => {
    const edged = { ...clean, data: clean.data.slice() };
    fill(edged, 0, 0, 30, edged.height, 10);
    for (let y = 20; y < edged.height; y += 40) fill(edged, 12, y, 17, y + 5, 200);
    expect(clearBorder(edged, 255)).toBe(true);
    expect(wrong(edged, clean)).toBe(0);
  });

  it('keeps its tones when it changes its size', () => {
    const gray = { width: 90, height: 60, dpi: 300, data: new Uint8Array(5400).fill(77) };
    fill(gray, 30, 20, 60, 40, 200);
    const small = shrink(gray, 3);
    expect([small.width, small.height, small.dpi]).toEqual([30, 20, 100]);
    expect([small.data[0], small.data[10 * 30 + 15]]).toEqual([77, 200]);
    const other = resample(gray, 200);
    expect([other.width, other.height]).toEqual([60, 40]);
    expect([other.data[0], other.data[20 * 60 + 30], other.data.at(-1)]).toEqual([77, 200, 77]);
  });

  it.each([
    ['two thirds', 300, 200],
    ['a half', 300, 150],
    ['less than a half', 300, 128],
    ['a little less', 300, 270],
    ['more', 200, 300],
  ])('puts each part where it was, at %s of the size, whatever the size', (_, from, to) => {
    for (const [width, height] of [
      [121, 80],
      [122, 81],
      [123, 82],
    ] as const) {
      // Darker to the right and to the bottom: a pixel's tone tells where it comes from.
      const slope = { width, height, dpi: from, data: new Uint8Array(width * height) };
      for (let i = 0; i < slope.data.length; i++) slope.data[i] = (i % width) + Math.floor(i / width);
      const scaled = resample(slope, to);
      expect([scaled.width, scaled.height]).toEqual([Math.round((width * to) / from), Math.round((height * to) / from)]);
      for (const [x, y] of [
        [1, 1],
        [scaled.width - 2, 1],
        [scaled.width >> 1, scaled.height >> 1],
        [scaled.width - 2, scaled.height - 2],
      ] as const) {
        const expected = ((x + 0.5) * width) / scaled.width - 0.5 + ((y + 0.5) * height) / scaled.height - 0.5;
        expect(Math.abs((scaled.data[y * scaled.width + x] ?? 0) - expected)).toBeLessThan(1);
      }
      const last = scaled.data.at(-1) ?? 0;
      expect(last).toBeGreaterThan(width + height - 2 - 1.5 * (from / to));
    }
  });
});
