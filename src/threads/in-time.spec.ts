import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { inTime } from './in-time.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for what comes or fails in time, and for nothing any longer', async () => {
  expect(await inTime(Promise.resolve(7), 3000, 'late')).toBe(7);
  await expect(inTime(Promise.reject(new Error('down')), 3000, 'late')).rejects.toThrow('down');
  const never = inTime(new Promise<number>(() => {}), 3000, 'late');
  await vi.advanceTimersByTimeAsync(2999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await never).toBe('late');
  expect(vi.getTimerCount()).toBe(0);
});
