import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { inTime } from './in-time.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for what comes in time, and for nothing longer than a scrape lasts', async () => {
  expect(await inTime(Promise.resolve(7))).toBe(7);
  expect(await inTime(Promise.reject(new Error('down')))).toBeUndefined();
  const never = inTime(new Promise<number>(() => {}));
  await vi.advanceTimersByTimeAsync(3000);
  expect(await never).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
