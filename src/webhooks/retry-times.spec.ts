import { expect, it } from 'vitest';
import { secondsUntilNext } from './retry-times.js';

it('doubles the wait up to an hour, half of it by lot', () => {
  const waits = (random: number) => [1, 2, 3, 10, 11, 1000].map((attempt) => secondsUntilNext(attempt, 0, () => random));
  expect(waits(0)).toEqual([2.5, 5, 10, 1280, 1800, 1800]);
  expect(waits(1)).toEqual([5, 10, 20, 2560, 3600, 3600]);
});

it('is never before the receiver wants it, up to an hour', () => {
  expect(secondsUntilNext(1, 120, () => 0)).toBe(120);
  expect(secondsUntilNext(1, 86_400, () => 0)).toBe(3600);
  expect(secondsUntilNext(10, 120, () => 0)).toBe(1280);
});
