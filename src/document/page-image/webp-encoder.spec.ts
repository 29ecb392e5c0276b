import { afterAll, describe, expect, it } from 'vitest';
import { WebpEncoder } from './webp-encoder.js';

const encoder = new WebpEncoder();
afterAll(() => encoder.onModuleDestroy());

const picture = (width: number, height: number) => ({ width, height, rgba: new Uint8Array(width * height * 4).fill(255) });

/** Width and height in the header of a lossy WebP (VP8, RFC 6386, 9.1). */
function sizeOf(webp: Uint8Array): [number, number] {
  const header = Buffer.from(webp);
  expect(header.toString('latin1', 0, 4) + header.toString('latin1', 8, 16)).toBe('RIFFWEBPVP8 ');
  return [header.readUInt16LE(26) & 0x3fff, header.readUInt16LE(28) & 0x3fff];
}

describe('WebpEncoder', () => {
  it('makes pictures of their size, also several at once', async () => {
    const made = await Promise.all([encoder.encode(picture(60, 40)), encoder.encode(picture(7, 90))]);
    expect(made.map(sizeOf)).toEqual([
      [60, 40],
      [7, 90],
    ]);
  });

  it('tells what cannot be made, and goes on', async () => {
    await expect(encoder.encode(picture(17_000, 1))).rejects.toMatchObject({ code: 'render_failed' });
    expect(sizeOf(await encoder.encode(picture(5, 5)))).toEqual([5, 5]);
  });
});
