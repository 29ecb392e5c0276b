import { describe, expect, it } from 'vitest';
import { ProgressThrottle } from './progress-throttle.js';

describe('ProgressThrottle', () => {
  it('tells at once after a quiet time', () => {
    const throttle = new ProgressThrottle(500);
    expect(throttle.dueIn(1000)).toBeUndefined();
    throttle.note(['a']);
    expect(throttle.dueIn(1000)).toBe(0);
    expect(throttle.take(1000)).toEqual({ taskIds: ['a'], running: false });
    expect(throttle.take(1000)).toBeUndefined();
  });

  it('gathers what moves within the interval and tells it once, at its end', () => {
    const throttle = new ProgressThrottle(500);
    throttle.note(['a']);
    throttle.take(1000);
    throttle.note(['a', 'b']);
    throttle.note(['a']);
    expect(throttle.dueIn(1100)).toBe(400);
    expect(throttle.take(1499)).toBeUndefined();
    expect(throttle.take(1500)).toEqual({ taskIds: ['a', 'b'], running: false });
    expect(throttle.dueIn(2500)).toBeUndefined();
  });

  it('keeps what moves while the earlier movement is being told', () => {
    const throttle = new ProgressThrottle(500);
    throttle.note(['a']);
    throttle.take(0);
    throttle.note(['a']);
    expect(throttle.take(500)).toEqual({ taskIds: ['a'], running: false });
  });

  it('remembers that an unknown task moved', () => {
    const throttle = new ProgressThrottle(500);
    throttle.note([]);
    expect(throttle.take(0)).toEqual({ taskIds: [], running: true });
  });
});
