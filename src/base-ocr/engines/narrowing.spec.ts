import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../document/document.types.js';
import { narrowImage, readsNarrow, widenBlocks } from './narrowing.js';

function imageOf(width: number, height: number, tone: (x: number, y: number) => number): GrayImage {
  const data = Uint8Array.from({ length: width * height }, (_, at) => tone(at % width, Math.floor(at / width)));
  return { width, height, data, dpi: 200 };
}

const { signal } = new AbortController();

describe('narrowImage', () => {
  it('stops in the middle of a large image', async () => {
    const stop = new AbortController();
    const narrowed = narrowImage(
      imageOf(4000, 4000, () => 0),
      stop.signal,
    );
    stop.abort(new Error('enough'));
    await expect(narrowed).rejects.toThrow('enough');
  });

  it('makes of four columns three, each the mean of what it covers, and leaves the rows alone', async () => {
    const image = imageOf(8, 2, (x, y) => [0, 120, 240, 60, 200, 200, 200, 40][x]! + y);

    const narrow = await narrowImage(image, signal, 0.75);

    expect(narrow).toMatchObject({ width: 6, height: 2, dpi: 200 });
    const expected = [30, 180, 105, 200, 200, 80];
    [...narrow.data].forEach((tone, at) =>
      expect(Math.abs(tone - (expected[at % 6]! + Math.floor(at / 6)))).toBeLessThanOrEqual(1),
    );
  });

  it('does the same to every band of a large image', async () => {
    const narrow = await narrowImage(
      imageOf(2000, 1300, (x) => (x % 4 < 2 ? 0 : 255)),
      signal,
      0.75,
    );

    const first = narrow.data.subarray(0, narrow.width);
    for (const row of [1, 523, 524, 525, 1049, 1299]) {
      expect(Buffer.compare(narrow.data.subarray(row * narrow.width, (row + 1) * narrow.width), first)).toBe(0);
    }
  });

  it.each([1, 2])('gives an image %d wide back as it is', async (width) => {
    const image = imageOf(width, 3, () => 200);
    expect(await narrowImage(image, signal, 0.75)).toBe(image);
  });
});

describe('readsNarrow', () => {
  it.each(['eng', 'fra', 'eng+fra', 'rus+ell', 'script/Latin'])('holds for %s', (language) => {
    expect(readsNarrow(language, 200)).toBe(true);
  });

  it('does not for images so coarse that each column counts', () => {
    expect(readsNarrow('eng', 149)).toBe(false);
  });

  it.each(['chi_sim', 'ara', 'eng+jpn', 'frk', 'our_own_model', ''])('does not for "%s"', (language) => {
    expect(readsNarrow(language, 300)).toBe(false);
  });
});

describe('widenBlocks', () => {
  it('makes every box as much wider', () => {
    const box = { x0: 30, y0: 5, x1: 60, y1: 9 };
    const line = { box, words: [{ text: 'a', confidence: 91, box }] };

    const [block] = widenBlocks([{ box, paragraphs: [{ box, lines: [line] }] }], 2);

    const wide = { x0: 60, y0: 5, x1: 120, y1: 9 };
    const words = [{ text: 'a', confidence: 91, box: wide }];
    expect(block).toEqual({ box: wide, paragraphs: [{ box: wide, lines: [{ box: wide, words }] }] });
  });
});
