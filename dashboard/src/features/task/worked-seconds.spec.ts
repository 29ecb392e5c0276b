import { describe, expect, it } from 'vitest';
import { workedSeconds } from './worked-seconds';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const task = { started_at: at(100), finished_at: null, paused_at: null, paused_seconds: 0 };

describe('how long a task was worked on', () => {
  it.each([
    ['it was not started', { ...task, started_at: null }, null],
    ['it is worked on', task, 400],
    ['it was paused meanwhile', { ...task, paused_seconds: 150 }, 250],
    ['it is paused, for the second time', { ...task, paused_seconds: 50, paused_at: at(200) }, 50],
    ['it was paused before it was started, and is again', { ...task, started_at: at(300), paused_at: at(300) }, 0],
    ['it has ended', { ...task, paused_seconds: 50, finished_at: at(400) }, 250],
    ['this clock is behind the server’s', { ...task, started_at: at(501) }, 0],
  ])('is told when %s', (_when, times, seconds) => {
    expect(workedSeconds(times, 500_000)).toBe(seconds);
  });
});
