import { describe, expect, it } from 'vitest';
import { freeMemory } from './free-memory.js';

describe('freeMemory', () => {
  it('gives the memory of a large array back at once', () => {
    const before = process.memoryUsage().arrayBuffers;
    const image = new Uint8Array(50_000_000).fill(1);
    expect(process.memoryUsage().arrayBuffers).toBeGreaterThan(before + 40_000_000);
    freeMemory(image.subarray(10, 20));
    expect(image).toHaveLength(0);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(before + 10_000_000);
    freeMemory(image);
  });

  it('leaves what may share its buffer with others alone', () => {
    const piece = Buffer.from('a piece of the pool');
    freeMemory(piece);
    expect(piece.toString()).toBe('a piece of the pool');
    const { poolSize } = Buffer;
    Buffer.poolSize = 65_536;
    try {
      const [first, second] = [Buffer.allocUnsafe(20_000).fill(1), Buffer.allocUnsafe(20_000).fill(2)];
      freeMemory(first);
      expect([first[0], second[0]]).toEqual([1, 2]);
    } finally {
      Buffer.poolSize = poolSize;
    }
    const shared = new Uint8Array(new SharedArrayBuffer(100_000));
    freeMemory(shared);
    expect(shared).toHaveLength(100_000);
  });
});
