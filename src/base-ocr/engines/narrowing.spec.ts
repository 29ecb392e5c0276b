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

  it('makes of seven columns six, each the mean of what it covers, and leaves the rows alone', async () => {
    const image = imageOf(14, 2, (x, y) => [0, 70, 140, 210, 70, 0, 140, 200, 200, 200, 200, 200, 200, 60][x]! + y);

    const narrow = await narrowImage(image, signal);

    expect(narrow).toMatchObject({ width: 12, height: 2, dpi: 200 });
    const expected = [10, 90, 170, 130, 20, 120, 200, 200, 200, 200, 200, 80];
    expect([...narrow.data]).toEqual([...expected, ...expected.map((tone) => tone + 1)]);
  });

  it('has what is left at the edge in the last columns', async () => {
    const narrow = await narrowImage(
      imageOf(10, 3, (x) => (x === 9 ? 0 : 210)),
      signal,
    );

    expect(narrow.width).toBe(9);
    const row = [210, 210, 210, 210, 210, 210, 210, 150, 0];
    expect([...narrow.data]).toEqual([...row, ...row, ...row]);
  });

  it('does the same to every band of a large image', async () => {
    const narrow = await narrowImage(
      imageOf(2000, 2600, (x) => (x % 4 < 2 ? 0 : 255)),
      signal,
    );

    const first = narrow.data.subarray(0, narrow.width);
    for (const row of [1, 1047, 1048, 1049, 2097, 2599]) {
      expect(Buffer.compare(narrow.data.subarray(row * narrow.width, (row + 1) * narrow.width), first)).toBe(0);
    }
  });

  it.each([1, 2, 6])('keeps the tone of an image %d wide', async (width) => {
    const narrow = await narrowImage(
      imageOf(width, 3, () => 200),
      signal,
    );
    expect(narrow.width).toBe(width);
    expect(new Set(narrow.data)).toEqual(new Set([200]));
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
  it('makes every box as much wider, within the image', () => {
    const box = { x0: 30, y0: 5, x1: 60, y1: 9 };
    const line = { box, words: [{ text: 'a', confidence: 91, box }] };

    const [block] = widenBlocks([{ box, paragraphs: [{ box, lines: [line] }] }], 69);

    const wide = { x0: 35, y0: 5, x1: 69, y1: 9 };
    const words = [{ text: 'a', confidence: 91, box: wide }];
    expect(block).toEqual({ box: wide, paragraphs: [{ box: wide, lines: [{ box: wide, words }] }] });
  });
});
