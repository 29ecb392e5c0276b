import { describe, expect, it } from 'vitest';
import { chunkLength, cutIntoChunks, PAGE_RANGES, selectPages } from './page-ranges.js';

describe('selectPages', () => {
  it('selects all without ranges', () => expect(selectPages(undefined, 3)).toEqual([1, 2, 3]));
  it('reads single pages, ranges and open ends, in order and once', () =>
    expect(selectPages('7-, 1-3,2,5', 9)).toEqual([1, 2, 3, 5, 7, 8, 9]));
  it.each(['0', '4-2', '3-11', '11'])('refuses %s of ten pages', (ranges) =>
    expect(() => selectPages(ranges, 10)).toThrow(expect.objectContaining({ code: 'page_out_of_range' })),
  );
  it.each(['1', '1-3,5', ' 2 - 4 , 9- '])('the form %s is a range', (text) => expect(PAGE_RANGES.test(text)).toBe(true));
  it.each(['', 'a', '1,,2', '-3', '1;2', '1-2-3'])('the form "%s" is none', (text) => expect(PAGE_RANGES.test(text)).toBe(false));
});

describe('chunkLength', () => {
  const sizes = { chunk_size: 5, text_chunk_size: 20 };
  it('is what the task has, whatever the document carries, where that was asked for', () =>
    expect([chunkLength({ chunk_size: 5 }, 400, true), chunkLength(sizes, 400, false)]).toEqual([5, 5]));
  it('is longer for a document that carries its text, as long as there are some chunks', () =>
    expect([4, 20, 21, 60, 80, 5000].map((pages) => chunkLength(sizes, pages, true))).toEqual([5, 5, 6, 15, 20, 20]));
  it('is never shorter for that', () => expect(chunkLength({ chunk_size: 50, text_chunk_size: 20 }, 400, true)).toBe(50));
});

describe('cutIntoChunks', () => {
  it('covers every selected page once, in order', () =>
    expect(cutIntoChunks([1, 2, 3, 7, 9], 2)).toEqual([
      { first: 1, last: 2, count: 2 },
      { first: 3, last: 7, count: 2 },
      { first: 9, last: 9, count: 1 },
    ]));
});
