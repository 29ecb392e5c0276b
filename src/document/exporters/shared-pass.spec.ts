import { describe, expect, it } from 'vitest';
import { sharedPass } from './shared-pass.js';

describe('sharedPass', () => {
  const never = new AbortController().signal;

  async function* counting(log: string[], count = 3): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= count; n++) {
        log.push(`made ${n}`);
        yield n;
      }
    } finally {
      log.push('ended');
    }
  }

  it('gives each reader everything, and makes each thing once, when all are done with the one before', async () => {
    const log: string[] = [];
    const read = async (name: string, items: AsyncIterable<number>, ticks: number) => {
      for await (const item of items) {
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        log.push(`${name} ${item}`);
      }
    };
    const [a, b] = sharedPass(counting(log), 2, never);
    await Promise.all([read('a', a!, 0), read('b', b!, 9)]);
    expect(log).toEqual(['made 1', 'a 1', 'b 1', 'made 2', 'a 2', 'b 2', 'made 3', 'a 3', 'b 3', 'ended']);
  });

  it('goes on for the others when one reads no further, and ends with the last', async () => {
    const log: string[] = [];
    const [a, b] = sharedPass(counting(log), 2, never);
    const all = (async () => {
      const seen: number[] = [];
      for await (const item of b!) seen.push(item);
      return seen;
    })();
    for await (const item of a!) if (item === 2) break;
    expect(await all).toEqual([1, 2, 3]);
    expect(log.at(-1)).toBe('ended');

    const rest: string[] = [];
    const [only] = sharedPass(counting(rest), 1, never);
    for await (const item of only!) if (item === 1) break;
    expect(rest).toEqual(['made 1', 'ended']);
  });

  it('tells every reader of a failure', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('no more');
    }
    const read = async (items: AsyncIterable<number>) => {
      for await (const _ of items);
    };
    const outcomes = await Promise.allSettled(sharedPass(failing(), 2, never).map(read));
    expect(outcomes).toMatchObject([{ reason: { message: 'no more' } }, { reason: { message: 'no more' } }]);
  });

  it('ends readers that wait for one that does not come', async () => {
    const stop = new AbortController();
    const [a] = sharedPass(counting([]), 2, stop.signal);
    const reading = (async () => {
      for await (const _ of a!);
    })();
    stop.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
  });
});
