import { describe, expect, it } from 'vitest';
import { ClaimFront } from './claim-front.js';

describe('ClaimFront', () => {
  let time = 0;
  const chunk = (id: string, position: number) => ({ kind: 'chunk' as const, position, task: { id } });

  it('looks behind the last chunk that was taken', () => {
    const front = new ClaimFront(() => time);
    expect(front.behind).toBeUndefined();
    front.took(chunk('a', 7));
    expect(front.behind).toMatchObject({ taskId: 'a', position: 7 });
    front.took(chunk('a', 8));
    front.took({ kind: 'merge', position: 9, task: { id: 'b' } });
    expect(front.behind).toMatchObject({ taskId: 'a', position: 8 });
    front.took(chunk('b', 0));
    expect(front.behind).toMatchObject({ taskId: 'b', position: 0 });
  });

  it('looks from the front once a second', () => {
    const front = new ClaimFront(() => time);
    front.took(chunk('a', 5));
    time += 999;
    expect(front.behind).toBeDefined();
    time += 1;
    expect(front.behind).toBeUndefined();
    // That look found a chunk that had come back.
    front.took(chunk('a', 2));
    expect(front.behind).toMatchObject({ position: 2 });
    time += 1000;
    expect(front.behind).toBeUndefined();
  });
});
