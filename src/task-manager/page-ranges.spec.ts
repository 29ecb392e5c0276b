import { describe, expect, it } from 'vitest';
import { cutIntoChunks, PAGE_RANGES, selectPages } from './page-ranges.js';

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

describe('cutIntoChunks', () => {
  it('covers every selected page once, in order', () =>
    expect(cutIntoChunks([1, 2, 3, 7, 9], 2)).toEqual([
      { first: 1, last: 2, count: 2 },
      { first: 3, last: 7, count: 2 },
      { first: 9, last: 9, count: 1 },
    ]));
});
