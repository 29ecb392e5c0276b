import { describe, expect, it } from 'vitest';
import { TextCarriers } from './text-carriers.js';

describe('the tasks that carry their text', () => {
  it('are those whose last look said so', () => {
    const carriers = new TextCarriers();
    carriers.remember('a', true);
    carriers.remember('b', true);
    carriers.remember('b', false);
    expect(['a', 'b', 'c'].map((task) => carriers.has(task))).toEqual([true, false, false]);
  });

  it('are forgotten, the oldest first, when there are many', () => {
    const carriers = new TextCarriers();
    for (let task = 0; task <= 1000; task++) carriers.remember(`${task}`, true);
    expect(['0', '1', '1000'].map((task) => carriers.has(task))).toEqual([false, true, true]);
  });
});
