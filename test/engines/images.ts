import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode as decodePng } from 'fast-png';
import UTIF from 'utif2';
import type { GrayImage } from '../../src/document/document.types.js';

/** Path of a sample in test/documents. */
export function documentPath(name: string): string {
  return fileURLToPath(new URL(`../documents/${name}`, import.meta.url));
}

/** The first page of a TIFF sample as gray pixels. */
export function grayTiff(name: string, dpi: number): GrayImage {
  const bytes = readFileSync(documentPath(name));
  const [page] = UTIF.decode(bytes);
  if (page === undefined) throw new Error(`${name} has no page`);
  UTIF.decodeImage(bytes, page);
  const rgba = UTIF.toRGBA8(page);
  const data = new Uint8Array(page.width * page.height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[i * 4] ?? 0;
  return { width: page.width, height: page.height, data, dpi };
}

/** A PNG sample as gray pixels. */
export function grayPng(name: string, dpi: number): GrayImage {
  const png = decodePng(readFileSync(documentPath(name)));
  const { width, height, channels, depth } = png;
  const data = new Uint8Array(width * height);
  const rowBytes = depth < 8 ? Math.ceil((width * channels * depth) / 8) : width * channels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (depth === 1) data[y * width + x] = ((png.data[y * rowBytes + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1 ? 255 : 0;
      else data[y * width + x] = png.data[(y * width + x) * channels] ?? 0;
    }
  }
  return { width, height, data, dpi };
}

/** The same pixels many times below each other, to keep an engine busy for seconds. */
export function stacked(image: GrayImage, times: number): GrayImage {
  const data = new Uint8Array(image.data.length * times);
  for (let i = 0; i < times; i++) data.set(image.data, i * image.data.length);
  return { ...image, height: image.height * times, data };
}

/** A page of `shade` all over. */
export function plain(width: number, height: number, shade = 255): GrayImage {
  return { width, height, data: new Uint8Array(Math.max(0, width * height) || 0).fill(shade), dpi: 300 };
}

/** A page of noise, which no compression makes smaller; always the same (a linear congruential generator). */
export function textured(width: number, height: number): GrayImage {
  const data = new Uint8Array(width * height);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data, dpi: 300 };
}
