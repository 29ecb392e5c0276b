import { describe, expect, it, vi } from 'vitest';
import { Loop } from './loop.js';

const logger = () => ({ warn: vi.fn(), info: vi.fn() });

describe('Loop', () => {
  it('runs at once, and again when woken during a run', async () => {
    let runs = 0;
    const loop: Loop = new Loop('test', async () => void (runs++ === 0 && loop.wake()), 3_600_000, logger());
    loop.start();
    await vi.waitFor(() => expect(runs).toBe(2));
    await loop.stop();
  });

  it('says a failure once when it begins and once when it is over', async () => {
    const log = logger();
    let failing = true;
    let runs = 0;
    const run = async () => {
      runs++;
      if (failing) throw new Error('away');
    };
    const loop = new Loop('test', run, 1, log);
    loop.start();
    await vi.waitFor(() => expect(runs).toBeGreaterThan(3));
    expect(loop.healthy).toBe(false);
    failing = false;
    await vi.waitFor(() => expect(loop.healthy).toBe(true));
    await loop.stop();
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.info).toHaveBeenCalledTimes(1);
  });

  it('tries a failed run again within seconds, however rare it is', async () => {
    vi.useFakeTimers();
    let runs = 0;
    const run = async () => {
      if (++runs === 1) throw new Error('away');
    };
    const loop = new Loop('test', run, 3_600_000, logger());
    loop.start();
    await vi.advanceTimersByTimeAsync(6000);
    expect(runs).toBe(2);
    expect(loop.healthy).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000_000);
    expect(runs).toBe(2);
    await loop.stop();
    vi.useRealTimers();
  });

  it('stops after the run under way', async () => {
    let ended = false;
    const loop = new Loop(
      'test',
      () => new Promise<void>((resolve) => setImmediate(() => ((ended = true), resolve()))),
      1,
      logger(),
    );
    loop.start();
    await loop.stop();
    expect(ended).toBe(true);
  });
});
