import { describe, expect, it } from 'vitest';
import type { RightAngle } from './preparation.types.js';
import { cropImage, turnBoxBack, turnImage } from './turned-image.js';

/** 3 x 2 pixels: 1 2 3 over 4 5 6. */
const image = { width: 3, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6), dpi: 300 };

describe('a turned image', () => {
  it.each([
    [90, 2, 3, [4, 1, 5, 2, 6, 3]],
    [180, 3, 2, [6, 5, 4, 3, 2, 1]],
    [270, 2, 3, [3, 6, 2, 5, 1, 4]],
  ] as const)('is turned %i degrees clockwise', (turn, width, height, pixels) => {
    expect(turnImage(image, turn)).toEqual({ width, height, data: Uint8Array.from(pixels), dpi: 300 });
  });

  it.each([0, 90, 180, 270] as RightAngle[])('finds each pixel back where it was before a turn of %i', (turn) => {
    const turned = turnImage(image, turn);
    for (let y = 0; y < turned.height; y++) {
      for (let x = 0; x < turned.width; x++) {
        const box = turnBoxBack({ x0: x, y0: y, x1: x + 1, y1: y + 1 }, turn, image.width, image.height);
        expect(box).toMatchObject({ x1: box.x0 + 1, y1: box.y0 + 1 });
        expect(image.data[box.y0 * image.width + box.x0]).toBe(turned.data[y * turned.width + x]);
      }
    }
  });

  it('is cut to a piece', () => {
    const piece = cropImage(image, { x0: 1, y0: 0, x1: 3, y1: 2 });
    expect(piece).toEqual({ width: 2, height: 2, data: Uint8Array.of(2, 3, 5, 6), dpi: 300 });
  });
});
