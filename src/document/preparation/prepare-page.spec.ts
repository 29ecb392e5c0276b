import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../document.types.js';
import { printedPage } from '../testing/printed-page.js';
import { preparePage, type DrawablePage } from './prepare-page.js';
import type { PreparationRequest } from './preparation.types.js';
import { rotate } from './rotate.js';
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

  it('does nothing to an empty page', () => {
    const draw = () => ({ width: 400, height: 400, dpi: 200, data: new Uint8Array(160_000).fill(240) });
    expect(preparePage({ dpi: 200, ownDpi: 200, mostDpi: 600, draw }, usual)).toMatchObject({ blank: true, steps: [] });
  });
});
