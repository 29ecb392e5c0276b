import { describe, expect, it } from 'vitest';
import { findComponents } from './components.js';

/** `#` is ink. */
function drawn(...rows: string[]) {
  const data = Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 0 : 255));
  return { width: rows[0].length, height: rows.length, dpi: 100, data };
}

const boxes = (image: ReturnType<typeof drawn>) => {
  const { count, x0, y0, x1, y1, area } = findComponents(image, 128);
  return Array.from({ length: count }, (_, i) => [x0[i], y0[i], x1[i], y1[i], area[i]]);
};

describe('pieces of ink', () => {
  it('hang together over corners and around bends', () => {
    expect(boxes(drawn('#.#..#', '#.#...', '###..#', '......', '.#.#..', '..#...'))).toEqual([
      [0, 0, 3, 3, 7],
      [5, 0, 6, 1, 1],
      [5, 2, 6, 3, 1],
      [1, 4, 4, 6, 3],
    ]);
  });

  it('are one when two that began apart meet', () => {
    expect(boxes(drawn('#...#.', '.#.#..', '..#...', '......'))).toEqual([[0, 0, 5, 3, 5]]);
  });

  it('reach to the edges', () => {
    expect(boxes(drawn('##', '##'))).toEqual([[0, 0, 2, 2, 4]]);
    expect(boxes(drawn('..', '..'))).toEqual([]);
  });
});
