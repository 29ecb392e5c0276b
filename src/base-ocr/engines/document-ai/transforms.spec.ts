import { describe, expect, it } from 'vitest';
import { placesOn } from './transforms.js';

const image = { width: 400, height: 200 };
const asked = { image, sent: image };
const doubles = (...numbers: number[]) => Buffer.from(Float64Array.from(numbers).buffer);
const affine = (...numbers: number[]) => ({ rows: 2, cols: 3, type: 6, data: doubles(...numbers) });
/** A quarter turn clockwise of the image, and half a turn of what that makes. */
const quarter = affine(0, -1, 200, 1, 0, 0);
const half = affine(-1, 0, 200, 0, -1, 400);
const dimension = { width: 200, height: 400, unit: 'pixels' };

describe('places Document AI tells on a page it turned', () => {
  it.each([
    ['one matrix', [quarter], { x: 50, y: 150 }],
    ['several, one after the other', [quarter, half], { x: 350, y: 50 }],
    ['base64, as in a file', [{ ...quarter, data: quarter.data.toString('base64') }], { x: 50, y: 150 }],
    [
      'single precision',
      [{ ...quarter, type: 5, data: Buffer.from(Float32Array.of(0, -1, 200, 1, 0, 0).buffer) }],
      { x: 50, y: 150 },
    ],
    ['three rows', [{ ...quarter, rows: 3, data: doubles(0, -1, 200, 1, 0, 0, 0, 0, 1) }], { x: 50, y: 150 }],
    ['three rows of any scale', [{ ...quarter, rows: 3, data: doubles(0, -2, 400, 2, 0, 0, 0, 0, 2) }], { x: 50, y: 150 }],
  ])('are brought back by %s', (_, transforms, place) => {
    const { x, y } = placesOn({ transforms: transforms as never, dimension }, asked)({ x: 0.25, y: 0.125 });
    expect([x, y]).toEqual([expect.closeTo(place.x, 9), expect.closeTo(place.y, 9)]);
  });

  it('are brought back by what Document AI has told of a page', () => {
    const data = 'r6uHAEEXyL/OYqWImW3vP2QKzkdFXH9AzmKliJlt77+vq4cAQRfIv5yIBglXqaZA';
    const page = { transforms: [{ rows: 2, cols: 3, type: 6, data }], dimension: { width: 1975, height: 2901 } };
    const size = { width: 2666, height: 1500 };
    // Nothing of the page was cut off, and no more was added to it than it took to turn it: its corners lie on the edges.
    for (const sent of [size, undefined]) {
      const place = placesOn(page as never, { image: size, sent });
      for (const [x, y, cornerX, cornerY] of [
        [501.8, 2901, 0, 0],
        [0, 282.3, 2666, 0],
        [1473.2, 0, 2666, 1500],
        [1975, 2618.4, 0, 1500],
      ] as const) {
        const corner = place({ x: x / 1975, y: y / 2901 });
        expect(Math.hypot(corner.x - cornerX, corner.y - cornerY)).toBeLessThan(2);
      }
    }
  });

  it('are brought back to a page in a PDF, whatever it was drawn at, and to one that was sent smaller', () => {
    const drawn = { transforms: [affine(0, -1, 260, 1, 0, 0)], dimension: { width: 260, height: 520 } };
    expect(placesOn(drawn, { image })({ x: 0.25, y: 0.125 })).toEqual({ x: expect.closeTo(50, 9), y: expect.closeTo(150, 9) });
    const halved = { transforms: [affine(0, -1, 100, 1, 0, 0)], dimension: { width: 100, height: 200 } };
    const place = placesOn(halved, { image, sent: { width: 200, height: 100 } });
    expect(place({ x: 0.25, y: 0.125 })).toEqual({ x: expect.closeTo(50, 9), y: expect.closeTo(150, 9) });
  });

  it.each([
    ['of an unknown type', [{ ...quarter, type: 4 }]],
    ['of several channels', [{ ...quarter, type: 14 }]],
    ['of another size', [{ ...quarter, rows: 4 }]],
    ['that are cut off', [{ ...quarter, data: quarter.data.subarray(1) }]],
    ['without numbers', [{ rows: 2, cols: 3, type: 6 }]],
    ['empty', [{}]],
    ['with what is no number', [affine(0, -1, Number.NaN, 1, 0, 0)]],
    ['with what is no number to be reckoned with', [affine(0, 1e308, 0, 1e308, 0, 0)]],
    ['that lay all into one line', [affine(1, 1, 0, 1, 1, 0)]],
    ['that lead far away from the page', [affine(1, 0, 5000, 0, 1, 0)]],
    ['one of which is none', [quarter, { ...half, type: 0 }]],
  ])('are fractions of the image when there are matrices %s', (_, transforms) => {
    for (const page of [asked, { image }]) {
      expect(placesOn({ transforms, dimension }, page)({ x: 0.25, y: 0.125 })).toEqual({ x: 100, y: 25 });
    }
  });

  it('are fractions of the image without a matrix, or without the size of what was read', () => {
    expect(placesOn({ dimension }, asked)({ x: 0.25, y: 0.125 })).toEqual({ x: 100, y: 25 });
    expect(placesOn({ transforms: [quarter] }, asked)({ x: 0.25, y: 0.125 })).toEqual({ x: 100, y: 25 });
  });
});
