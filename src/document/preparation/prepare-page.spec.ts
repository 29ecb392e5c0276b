import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../document.types.js';
import { fill, printedPage } from '../testing/printed-page.js';
import { preparePage, type DrawablePage } from './prepare-page.js';
import type { PreparationRequest } from './preparation.types.js';
import { rotate } from './rotate.js';
import { lookAt } from './condition.js';
import { turnImage } from './turned-image.js';

const usual: PreparationRequest = { dpi: 0, preprocess: {}, manner: 'usual', turn: 0, picturesBeside: null };

/** A page of print whose small letters are `points` high, drawn at whatever resolution is asked for. */
function printed(points: number, change: (image: GrayImage) => GrayImage = (image) => image) {
  const drawnAt: number[] = [];
  const page: DrawablePage = {
    dpi: 200,
    ownDpi: undefined,
    mostDpi: 600,
    draw: (dpi) => {
      drawnAt.push(dpi);
      return change(printedPage({ dpi, xHeight: Math.round((points * dpi) / 72), width: 4 * dpi, height: 3 * dpi }));
    },
  };
  return { page, drawnAt };
}

describe('preparing a page', () => {
  it('draws ordinary print once and leaves it as it is', () => {
    const { page, drawnAt } = printed(5);
    const { steps, skew, blank, image, likelyTurn, origin } = preparePage(page, usual);
    expect({ steps, skew, blank, likelyTurn, drawnAt }).toEqual({
      steps: [],
      skew: 0,
      blank: false,
      likelyTurn: 0,
      drawnAt: [200],
    });
    expect(origin).toEqual({ width: image.width, height: image.height, skew: 0, turn: 0 });
  });

  it('draws small print finer, within the limit, unless a resolution is asked for', () => {
    const small = printed(2.5);
    expect(preparePage(small.page, usual).image.dpi).toBeGreaterThan(300);
    const limited = printed(2.5);
    expect(preparePage({ ...limited.page, mostDpi: 250 }, usual).image.dpi).toBe(250);
    const asked = printed(2.5);
    expect(preparePage(asked.page, { ...usual, dpi: 150 }).image.dpi).toBe(150);
  });

  it('sets a crooked page straight, and says how crooked it was', () => {
    const { page } = printed(5, (image) => rotate(image, 2.4, 255));
    const { skew, steps, origin } = preparePage(page, usual);
    expect(Math.abs(skew - 2.4)).toBeLessThanOrEqual(0.11);
    expect(steps).toEqual(['deskew']);
    expect(origin.skew).toBe(skew);
    const left = preparePage(page, { ...usual, preprocess: { deskew: false } });
    expect([left.steps, left.origin.skew]).toEqual([[], 0]);
  });

  it('hints at how the page stands, and turns it when told to', () => {
    const { page } = printed(5, (image) => turnImage(image, 90));
    expect(preparePage(page, usual).likelyTurn).toBe(270);
    const turned = preparePage(page, { ...usual, turn: 270 });
    expect(turned.likelyTurn).toBe(0);
    expect([turned.image.width, turned.image.height]).toEqual([turned.origin.height, turned.origin.width]);
  });

  it('knows the same image again, and tells others apart', () => {
    const hashes = [printed(5), printed(5), printed(5.8)].map(({ page }) => preparePage(page, usual).sha256);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });

  it('goes other ways for a second look', () => {
    const bold = preparePage(printed(5).page, { ...usual, manner: 'bold' });
    expect(bold.steps).toEqual(['contrast', 'binarise']);
    expect(new Set(bold.image.data)).toEqual(new Set([0, 255]));
    expect(preparePage(printed(5).page, { ...usual, manner: 'fine' }).image.dpi).toBe(300);
  });

  describe('with light writing on dark ground', () => {
    const size = { width: 1000, height: 1000 };
    const prepare = (image: GrayImage, request: Partial<PreparationRequest> = {}) =>
      preparePage(
        { dpi: 200, ownDpi: 200, mostDpi: 200, draw: () => ({ ...image, data: image.data.slice() }) },
        { ...usual, dpi: 200, ...request },
      );
    /** A page of print with a piece of another page pasted in. */
    const pasted = (page: GrayImage, x0: number, y0: number, piece: GrayImage): GrayImage => {
      const data = page.data.slice();
      for (let y = 0; y < piece.height; y++)
        data.set(piece.data.subarray(y * piece.width, (y + 1) * piece.width), (y0 + y) * page.width + x0);
      return { ...page, data };
    };
    const lettersOf = (image: GrayImage) => lookAt(image).writing.letters;
    /** How many pixels of this part are ink on one image and paper on the other. */
    const differing = (one: GrayImage, other: GrayImage) => {
      let count = 0;
      for (let at = 0; at < one.data.length; at++) if (one.data[at] < 128 !== other.data[at] < 128) count++;
      return count / one.data.length;
    };
    const bodies = printedPage(size);
    const whole = (print: { ink: number; paper: number }) => printedPage({ ...size, ...print });

    it.each([
      ['a dark band from edge to edge', 0, 0, 1000, 200, 38, 255],
      ['a gray band', 0, 0, 1000, 200, 102, 255],
      ['a light gray band', 0, 0, 1000, 200, 185, 255],
      ['a dark box', 100, 300, 700, 250, 51, 255],
      ['a dark bar at the side', 700, 0, 300, 1000, 51, 235],
    ])('keeps the writing on %s', (_, x0, y0, width, height, paper, ink) => {
      const image = pasted(bodies, x0, y0, printedPage({ width, height, paper, ink }));
      const plain = pasted(bodies, x0, y0, printedPage({ width, height }));
      for (const manner of ['usual', 'bold'] as const) {
        const [prepared, expected] = [prepare(image, { manner }), prepare(plain, { manner })];
        expect(prepared.steps).toEqual(['invert', ...expected.steps]);
        expect(differing(prepared.image, expected.image)).toBeLessThan(0.0005);
      }
    });

    it('keeps the writing on a dark band in the grain of a bad scan', () => {
      // The same noise in every run, about normal with a deviation of 18.
      let state = 12345;
      const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      const grainy = (image: GrayImage): GrayImage => ({
        ...image,
        data: image.data.map((tone) => {
          const normal = (random() + random() + random() + random() - 2) * Math.sqrt(3);
          return Math.max(0, Math.min(255, tone + 18 * normal));
        }),
      });
      const band = { width: 1000, height: 200 };
      const { steps, image } = prepare(grainy(pasted(bodies, 0, 0, printedPage({ ...band, paper: 77, ink: 255 }))));
      expect(steps).toContain('invert');
      const plain = prepare(grainy(pasted(bodies, 0, 0, printedPage(band))));
      expect(differing(image, plain.image)).toBeLessThan(0.005);
    });

    it('keeps a few light words on a dark page', () => {
      const image = pasted(
        { ...bodies, data: new Uint8Array(1_000_000).fill(26) },
        300,
        200,
        printedPage({ width: 320, height: 120, paper: 26, ink: 255 }),
      );
      const words = printedPage({ width: 320, height: 120 });
      const plain = prepare(pasted({ ...bodies, data: new Uint8Array(1_000_000).fill(255) }, 300, 200, words));
      const { steps, image: prepared } = prepare(image);
      expect(steps).toEqual(['invert', ...plain.steps]);
      expect(differing(prepared, plain.image)).toBeLessThan(0.0005);
    });

    it.each([130, 300])('keeps black and white writing on the same band (%i)', (blackHeight) => {
      const half = { width: 1000, height: blackHeight, paper: 128 };
      const image = pasted(
        pasted(bodies, 0, 0, printedPage({ ...half, height: 200, ink: 255 })),
        0,
        200,
        printedPage({ ...half, ink: 0 }),
      );
      const plain = pasted(
        pasted(bodies, 0, 0, printedPage({ width: 1000, height: 200 })),
        0,
        200,
        printedPage({ width: 1000, height: blackHeight }),
      );
      expect(differing(prepare(image).image, plain)).toBeLessThan(0.006);
    });

    it('leaves a white box in it with dark writing of its own', () => {
      const band = printedPage({ width: 1000, height: 400, paper: 38, ink: 255 });
      const box = printedPage({ width: 500, height: 180 });
      const image = pasted(pasted(bodies, 0, 0, band), 250, 110, box);
      const plain = pasted(pasted(bodies, 0, 0, printedPage({ width: 1000, height: 400 })), 250, 110, box);
      const { steps, image: prepared } = prepare(image);
      expect(steps).toContain('invert');
      expect(differing(prepared, plain)).toBeLessThan(0.02);
    });

    it('turns nothing else: shadows, gray paper, dark boxes of dark print or of none, grids, negatives told to stay', () => {
      const shadow = { ...bodies, data: bodies.data.map((value, at) => Math.max(0, value - 180 * ((at % 1000) / 1000) ** 2)) };
      const grid = { ...bodies, data: bodies.data.slice() };
      for (let at = 100; at < 900; at += 60) {
        fill(grid, at, 100, at + 6, 900, 0);
        fill(grid, 100, at, 900, at + 6, 0);
      }
      const solid = { ...bodies, data: bodies.data.slice() };
      fill(solid, 100, 300, 800, 600, 40);
      const gray = pasted(bodies, 0, 0, printedPage({ width: 1000, height: 300, paper: 170, ink: 20 }));
      for (const image of [bodies, shadow, whole({ ink: 60, paper: 180 }), grid, solid, gray]) {
        expect(prepare(image).steps).not.toContain('invert');
      }
      const band = pasted(bodies, 0, 0, printedPage({ width: 1000, height: 200, paper: 38, ink: 255 }));
      expect(prepare(band, { preprocess: { invert: false } }).steps).not.toContain('invert');
      expect(lettersOf(prepare(band).image)).toBeGreaterThan(lettersOf(bodies) * 0.95);
    });
  });

  it('does nothing to an empty page', () => {
    const draw = () => ({ width: 400, height: 400, dpi: 200, data: new Uint8Array(160_000).fill(240) });
    expect(preparePage({ dpi: 200, ownDpi: 200, mostDpi: 600, draw }, usual)).toMatchObject({ blank: true, steps: [] });
  });
});
