import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.js';

describe('inParallel', () => {
  it('does everything, in order, and no more than allowed at once', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const results = await inParallel([10, 11, 12, 13, 14], 2, async (item, index) => {
      begun.push(item - index);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return item * 2;
    });
    expect(results).toEqual([20, 22, 24, 26, 28]);
    expect(begun).toEqual([10, 10, 10, 10, 10]);
    expect(most).toBe(2);
  });

  it('begins nothing new after an error', async () => {
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await new Promise(setImmediate);
      if (item === 1) throw new Error('no');
    };
    await expect(inParallel([1, 2, 3, 4, 5], 2, work)).rejects.toThrow('no');
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2]);
  });
});
