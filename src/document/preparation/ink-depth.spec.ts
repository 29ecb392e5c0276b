import { describe, expect, it } from 'vitest';
import { inkDepth } from './ink-depth.js';

/** So many fields of each depth, in ascending order. */
const fields = (...groups: [count: number, depth: number][]) =>
  groups.flatMap(([count, depth]) => Array<number>(count).fill(depth));

describe("the ink's depth", () => {
  it.each([
    ['of a full page', fields([200, 8], [350, 150], [50, 200]), 150],
    ['of a full page with pictures', fields([200, 8], [360, 40], [40, 230]), 40],
    ['of three lines on a blank page', fields([580, 8], [20, 150]), 150],
    ['of three faint lines and a dark stamp', fields([580, 8], [14, 40], [6, 230]), 40],
    ['of a blank page with a staple', fields([598, 8], [2, 230]), 8],
    ['of a page without margins', fields([600, 150]), 150],
  ])('is that %s', (_, depths, depth) => {
    expect(inkDepth(depths)).toBe(depth);
  });
});
