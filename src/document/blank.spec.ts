import { describe, expect, it } from 'vitest';
import { isBlank } from './blank.js';
import type { GrayImage } from './document.types.js';
import { invert } from './preparation/invert.js';
import { soften } from './preparation/soften.js';
import { printedPage } from './testing/printed-page.js';

const WIDTH = 1654;
const HEIGHT = 2339;

/** An A4 page at 200 dpi. */
function paper(tone = 255): GrayImage {
  return { width: WIDTH, height: HEIGHT, dpi: 200, data: new Uint8Array(WIDTH * HEIGHT).fill(tone) };
}

function box(image: GrayImage, x0: number, y0: number, x1: number, y1: number, tone: number): GrayImage {
  for (let y = y0; y < y1; y++) image.data.fill(tone, y * image.width + x0, y * image.width + x1);
  return image;
}

/** The same noise in every run (a linear congruential generator), about normal with this deviation. */
function noise(image: GrayImage, deviation: number): GrayImage {
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < image.data.length; i++) {
    const normal = (random() + random() + random() + random() - 2) * Math.sqrt(3);
    image.data[i] = Math.max(0, Math.min(255, image.data[i] + normal * deviation));
  }
  return image;
}

/** The digit 1 in 10-point type: a stem three pixels wide and a foot. */
function digit(image: GrayImage, x: number, y: number, tone = 0): GrayImage {
  box(image, x, y, x + 3, y + 20, tone);
  return box(image, x - 4, y + 18, x + 7, y + 20, tone);
}

describe('isBlank', () => {
  it.each([
    ['white paper', paper()],
    ['yellowed paper', paper(190)],
    ['a noisy scan', noise(paper(235), 15)],
    ['a black border of the scanner', box(box(noise(paper(240), 8), 0, 0, 60, HEIGHT, 5), 0, 2300, WIDTH, HEIGHT, 5)],
    ['specks of dust', box(box(box(paper(), 400, 400, 403, 403, 0), 900, 1200, 904, 1203, 30), 1300, 2000, 1302, 2004, 0)],
    ['text of the other side shining through', box(paper(240), 300, 300, 900, 320, 205)],
    ['a black page', paper(0)],
  ])('sees nothing on %s, nor on its negative', (_, image) => {
    expect(isBlank(image)).toBe(true);
    invert(image);
    expect(isBlank(image)).toBe(true);
  });

  it('sees nothing along a border that is not quite straight', () => {
    const image = paper(245);
    for (let y = 0; y < HEIGHT; y++) box(image, 0, y, 30 + Math.floor(y / 100), y + 1, 10);
    expect(isBlank(image)).toBe(true);
  });

  it('sees a short line at the end of a long roll', () => {
    const roll = { width: 600, height: 30_000, dpi: 200, data: new Uint8Array(600 * 30_000).fill(255) };
    expect(isBlank(roll)).toBe(true);
    for (let x = 100; x < 300; x += 20) digit(roll, x, 29_700);
    expect(isBlank(roll)).toBe(false);
  });

  it.each([0, 3, 5, 7, 11])('sees a page number, wherever it stands (%i)', (shift) => {
    expect(isBlank(digit(noise(paper(235), 12), 820 + shift, 2240 + shift))).toBe(false);
  });

  it('sees a number beside a black border', () => {
    expect(isBlank(digit(box(paper(), 0, 0, 80, HEIGHT, 0), 140, 1000))).toBe(false);
  });

  it('sees pale writing, and white writing on black', () => {
    expect(isBlank(digit(paper(250), 800, 1000, 160))).toBe(false);
    expect(isBlank(digit(paper(10), 800, 1000, 250))).toBe(false);
  });

  it('sees a light title in a dark band that runs to the edges', () => {
    const image = box(paper(), 0, 0, WIDTH, 180, 30);
    for (let letter = 0; letter < 12; letter++) box(image, 300 + letter * 40, 70, 308 + letter * 40, 110, 255);
    expect(isBlank(image)).toBe(false);
  });

  it.each([
    ['clean', 0, 42, 250],
    ['on white', 0, 40, 255],
    ['fainter still', 4, 26, 240],
    ['in noise', 8, 40, 240],
  ])('sees lines of faint print, %s', (_, deviation, depth, tone) => {
    const image = printedPage({ width: WIDTH, height: HEIGHT, paper: tone, ink: tone - depth });
    const page = noise(soften(image), deviation);
    expect(isBlank(page)).toBe(false);
    invert(page);
    expect(isBlank(page)).toBe(false);
  });

  it.each([30, 45])('sees nothing in print of the other side that shines through blurred (%i)', (depth) => {
    let image = printedPage({ width: WIDTH, height: HEIGHT, paper: 240, ink: 240 - depth });
    // Ten times over is a deviation of 2.2 pixels, or 0.3 mm.
    for (let times = 0; times < 10; times++) image = soften(image);
    const page = noise(image, 4);
    expect(isBlank(page)).toBe(true);
    invert(page);
    expect(isBlank(page)).toBe(true);
  });

  it('sees a thin ruled line', () => {
    expect(isBlank(box(paper(), 200, 1000, 1400, 1002, 0))).toBe(false);
  });

  it('sees writing at other resolutions', () => {
    const image: GrayImage = { width: 850, height: 1100, dpi: 100, data: new Uint8Array(850 * 1100).fill(255) };
    box(image, 400, 500, 402, 510, 0);
    expect(isBlank(box(image, 398, 508, 404, 510, 0))).toBe(false);
  });
});
