import type { GrayImage } from '../../src/document/document.types.js';
import { randomFrom } from './random.js';

/** What a scanner, a copier or time does to a page image. Each gives a new image and is the same for the same seed. */
export type Degradation = (image: GrayImage, seed: number) => GrayImage;

/** Sensor noise: every pixel is off by a normally distributed amount of gray levels. */
export const noise =
  (sigma: number): Degradation =>
  (image, seed) => {
    const random = randomFrom(seed);
    return map(image, (value) => value + sigma * (random() + random() + random() + random() - 2) * Math.sqrt(3));
  };

/** Salt and pepper: dust on the glass, a bad copy. `share` of all pixels, in specks of one to four pixels. */
export const specks =
  (share: number): Degradation =>
  (image, seed) => {
    const random = randomFrom(seed);
    const data = image.data.slice();
    const count = Math.round((data.length * share) / 2.5);
    for (let i = 0; i < count; i++) {
      const at = Math.floor(random() * (data.length - image.width - 2));
      const tone = random() < 0.75 ? 20 : 240;
      const size = 1 + Math.floor(random() * 4);
      for (const offset of [0, 1, image.width, image.width + 1].slice(0, size)) data[at + offset] = tone;
    }
    return { ...image, data };
  };

/** A lens slightly out of focus: the mean over 3 x 3 pixels, `times` over. */
export const blur =
  (times: number): Degradation =>
  (image) => {
    let current = image;
    for (let i = 0; i < times; i++) current = mean3(current);
    return current;
  };

/** Faded ink on browned paper that darkens towards one side: black becomes `ink`, white `paper`, less `shade` at the edge. */
export const fade =
  (ink: number, paper: number, shade: number): Degradation =>
  (image) => {
    const { width, data } = image;
    const faded = new Uint8Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const light = 1 - (shade / 255) * ((i % width) / width);
      faded[i] = clamp((ink + ((paper - ink) * data[i]) / 255) * light);
    }
    return { ...image, data: faded };
  };

/** The sheet lay crooked: the picture turned by `degrees` clockwise about its middle, white where nothing was. */
export const skew =
  (degrees: number): Degradation =>
  (image) => {
    const { width, height, data } = image;
    const turned = new Uint8Array(data.length);
    const angle = (degrees * Math.PI) / 180;
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [dx, dy] = [x - cx, y - cy];
        turned[y * width + x] = sample(data, width, height, cx + dx * cos + dy * sin, cy + dy * cos - dx * sin);
      }
    }
    return { ...image, data: turned };
  };

/** Scanned again at a coarser resolution: each pixel the mean of what it covers. */
export const coarser =
  (dpi: number): Degradation =>
  (image) => {
    const scale = image.dpi / dpi;
    const width = Math.floor(image.width / scale);
    const height = Math.floor(image.height / scale);
    const data = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) data[y * width + x] = meanOver(image, x * scale, y * scale, scale);
    }
    return { width, height, data, dpi };
  };

/** A quarter turn or more, clockwise. */
export const turn =
  (degrees: 90 | 180 | 270): Degradation =>
  (image) => {
    let current = image;
    for (let i = 0; i < degrees / 90; i++) current = quarter(current);
    return current;
  };

/** Dark edges, as copiers and book scanners leave them. Widths are shares of the page's width. */
export const blackEdges =
  (left: number, right: number): Degradation =>
  (image) => {
    const { width, data } = image;
    const edged = data.slice();
    for (let i = 0; i < edged.length; i++) {
      const x = (i % width) / width;
      if (x < left || x > 1 - right) edged[i] = 12;
    }
    return { ...image, data: edged };
  };

/** White on black. */
export const negative: Degradation = (image) => map(image, (value) => 255 - value);

/** Only black and white, as fax machines and many office scanners give. */
export const bilevel: Degradation = (image) => map(image, (value) => (value < 150 ? 0 : 255));

function map(image: GrayImage, change: (value: number) => number): GrayImage {
  return { ...image, data: image.data.map((value) => clamp(change(value))) };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

function mean3(image: GrayImage): GrayImage {
  const { width, height, data } = image;
  const out = data.slice();
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      let sum = 0;
      for (const row of [at - width, at, at + width]) sum += data[row - 1] + data[row] + data[row + 1];
      out[at] = Math.round(sum / 9);
    }
  }
  return { ...image, data: out };
}

function sample(data: Uint8Array, width: number, height: number, x: number, y: number): number {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const at = (column: number, row: number) =>
    column < 0 || row < 0 || column >= width || row >= height ? 255 : data[row * width + column];
  const [fx, fy] = [x - x0, y - y0];
  const above = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx;
  const below = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx;
  return Math.round(above * (1 - fy) + below * fy);
}

function meanOver({ width, height, data }: GrayImage, x: number, y: number, side: number): number {
  let sum = 0;
  let count = 0;
  for (let row = Math.floor(y); row < Math.min(height, Math.ceil(y + side)); row++) {
    for (let column = Math.floor(x); column < Math.min(width, Math.ceil(x + side)); column++) {
      sum += data[row * width + column];
      count++;
    }
  }
  return Math.round(sum / count);
}

function quarter({ width, height, data, dpi }: GrayImage): GrayImage {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + (height - 1 - y)] = data[y * width + x];
  }
  return { width: height, height: width, data: turned, dpi };
}
