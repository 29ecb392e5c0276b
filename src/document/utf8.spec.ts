import { describe, expect, it } from 'vitest';
import { joinUtf8 } from './utf8.js';

describe('joinUtf8', () => {
  it('puts texts one behind the other, in memory in which nothing else lies', () => {
    const { bytes, ends } = joinUtf8(['a', '', 'é€', '𝄞b']);
    expect(bytes.toString()).toBe('aé€𝄞b');
    expect(ends).toEqual([1, 1, 6, 11]);
    expect(bytes.buffer.byteLength).toBe(11);
    expect(joinUtf8([])).toEqual({ bytes: Buffer.alloc(0), ends: [] });
  });
});
