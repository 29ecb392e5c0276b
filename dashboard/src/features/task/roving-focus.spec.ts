import { describe, expect, it } from 'vitest';
import { stepped } from './roving-focus';

describe('keys among the pages of a document', () => {
  const from = (at: number, key: string) => stepped(key, at, 10, 4);

  it('lead along a row, to the next row, and to both ends', () => {
    expect(from(1, 'ArrowRight')).toBe(2);
    expect(from(1, 'ArrowLeft')).toBe(0);
    expect(from(1, 'ArrowDown')).toBe(5);
    expect(from(5, 'ArrowUp')).toBe(1);
    expect(from(5, 'Home')).toBe(0);
    expect(from(5, 'End')).toBe(9);
  });

  it('lead nowhere past the ends, and other keys nowhere at all', () => {
    expect(from(9, 'ArrowRight')).toBeUndefined();
    expect(from(0, 'ArrowLeft')).toBeUndefined();
    expect(from(7, 'ArrowDown')).toBeUndefined();
    expect(from(2, 'ArrowUp')).toBeUndefined();
    expect(from(9, 'End')).toBeUndefined();
    expect(from(2, 'Enter')).toBeUndefined();
  });
});
