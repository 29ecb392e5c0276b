import { describe, expect, it } from 'vitest';
import { fill } from '../testing/printed-page.js';
import { rotate, rotateBack } from './rotate.js';

describe('an image turned a little', () => {
  it.each([3, -7.5])('keeps all it shows, and points are found again (%d degrees)', (degrees) => {
    const image = { width: 300, height: 200, dpi: 200, data: new Uint8Array(60_000).fill(255) };
    fill(image, 2, 2, 12, 12, 0);
    fill(image, 280, 180, 296, 196, 0);
    const turned = rotate(image, degrees, 255);
    const middle = (part: (x: number) => boolean) => {
      let [count, sumX, sumY] = [0, 0, 0];
      for (let i = 0; i < turned.data.length; i++) {
        const x = i % turned.width;
        if (turned.data[i] >= 128 || !part(x)) continue;
        count++;
        sumX += x + 0.5;
        sumY += Math.floor(i / turned.width) + 0.5;
      }
      return { count, x: sumX / count, y: sumY / count };
    };
    const first = middle((x) => x < turned.width / 2);
    const second = middle((x) => x >= turned.width / 2);
    expect(Math.abs(first.count - 100)).toBeLessThan(12);
    expect(Math.abs(second.count - 256)).toBeLessThan(20);
    const back = rotateBack(first, degrees, 300, 200);
    expect(Math.hypot(back.x - 7, back.y - 7)).toBeLessThan(0.5);
    const other = rotateBack(second, degrees, 300, 200);
    expect(Math.hypot(other.x - 288, other.y - 188)).toBeLessThan(0.5);
  });

  it.each([
    [1, 500],
    [500, 1],
  ])('makes nothing dark of an image %d x %d, which has no pixels between', (width, height) => {
    const turned = rotate({ width, height, data: new Uint8Array(width * height).fill(200), dpi: 200 }, 0.3, 200);
    expect(new Set(turned.data)).toEqual(new Set([200]));
  });
});
