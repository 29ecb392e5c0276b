import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import encode, { init } from '@jsquash/jpeg/encode.js';
import type { GrayImage } from '../../src/document/document.types.js';
import { randomFrom } from './random.js';

/** How much of white paper's light comes back in red, green and blue, and how far single pixels are off, in levels. */
const PAPER = [1, 0.98, 0.94];
const NOISE = 6;
const QUALITY = { quality: 85 };

let ready: Promise<unknown> | undefined;

/** The image as an office scanner gives it in colour: warm paper, noise in each colour, packed as JPEG. */
export async function colourJpeg({ width, height, data }: GrayImage, seed: number): Promise<Uint8Array> {
  await (ready ??= loadEncoder());
  const random = randomFrom(seed);
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let pixel = 0; pixel < data.length; pixel++) {
    PAPER.forEach((share, colour) => {
      // The mean of two even distributions is near enough to what a sensor does.
      rgba[pixel * 4 + colour] = data[pixel]! * share + (random() + random() - 1) * 2 * NOISE;
    });
  }
  return new Uint8Array(await encode({ data: rgba, width, height } as Parameters<typeof encode>[0], QUALITY));
}

/** The package would fetch its module as a browser does; here it is compiled from its file. */
async function loadEncoder(): Promise<unknown> {
  const path = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm');
  const start = init as unknown as (module: WebAssembly.Module) => Promise<unknown>;
  return start(await WebAssembly.compile(await readFile(path)));
}
