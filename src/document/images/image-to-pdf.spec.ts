import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { encode as encodePng } from 'fast-png';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textured } from '../../../test/engines/images.js';
import { canMount } from '../../../test/support/can-mount.js';
import type { ColourImage } from '../pdfium/draw.js';
import { PdfiumPool } from '../pdfium/pdfium-pool.js';
import { jpegOf, sample, temporaryFolder } from '../testing/make-pdf.js';
import { makeTiff, type TiffPage } from '../testing/make-tiff.js';
import type { ImageKind } from './convert.js';
import { imageToPdf } from './image-to-pdf.js';
import { readJpegHeader } from './jpeg.js';
import { MemorySource } from './source.js';
import { tiffPages } from './tiff.js';

const LIMITS = { maxPages: 10, maxPixels: 10_000_000 };

/** A 4 x 2 picture: red, green, blue, white; black, gray, yellow, cyan. */
const PICTURE = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
  [128, 128, 128],
  [255, 255, 0],
  [0, 255, 255],
];
const RGB = Uint8Array.from(PICTURE.flat());

/** More than a megabyte of it remains however it is packed. */
const noise = textured(1600, 1000);

/** A JPEG of 8 x 8 pixels of one colour whose components are red, green and blue as they are; each 64 or more away from 128. */
function rgbJpeg(colour: readonly number[]): Buffer {
  // A component: the code for ten bits, the ten bits, the code for the block's end.
  const bits = colour.map((value) => {
    const mean = 8 * (value - 128);
    return `0${(mean > 0 ? mean : mean + 1023).toString(2).padStart(10, '0')}0`;
  });
  const scan = bits.join('').padEnd(40, '1').match(/.{8}/g) ?? [];
  const table = (kind: string, symbol: string) => `ffc40014${kind}01${'00'.repeat(15)}${symbol}`;
  return Buffer.from(
    `ffd8ffdb004300${'01'.repeat(64)}ffc00011080008000803011100021100031100${table('00', '0a')}${table('10', '00')}` +
      `ffda000c03010002000300003f00${scan.map((byte) => parseInt(byte, 2).toString(16).padStart(2, '0')).join('')}ffd9`,
    'hex',
  );
}

const pixelsOf = ({ rgba }: ColourImage) =>
  Array.from({ length: rgba.length / 4 }, (_, i) => [...rgba.subarray(i * 4, i * 4 + 3)]);

describe('imageToPdf', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let pool: PdfiumPool;
  let made = 0;

  beforeAll(async () => {
    folder = await temporaryFolder();
    pool = new PdfiumPool({ size: 1, limits: LIMITS });
  });
  afterAll(async () => {
    await pool.close();
    await folder.remove();
  });

  /** Converts the image; gives the path of the PDF. */
  async function convert(image: Uint8Array | string, kind: ImageKind, limits = LIMITS): Promise<string> {
    const source = typeof image === 'string' ? image : folder.path(`${made}.image`);
    if (typeof image !== 'string') await writeFile(source, image);
    const destination = folder.path(`${made++}.pdf`);
    await imageToPdf(source, kind, destination, limits);
    return destination;
  }

  /** The pixels a page shows, drawn one to one. */
  async function pixels(path: string, width: number, page = 1): Promise<number[][]> {
    return pixelsOf(await pool.run({ op: 'renderColour', pdf: { path }, page, width }));
  }

  describe('TIFF', () => {
    const page: TiffPage = { width: 4, height: 2, samples: 3, bits: 8, photometric: 2, strips: [RGB] };

    it.each<[string, TiffPage]>([
      ['one strip', page],
      ['several strips', { ...page, rowsPerStrip: 1, strips: [RGB.subarray(0, 12), RGB.subarray(12)] }],
      ['deflate', { ...page, compression: 8, strips: [deflateSync(RGB)] }],
      ['PackBits', { ...page, compression: 32773, strips: [Uint8Array.from([23, ...RGB])] }],
      ['planes', { ...page, planar: true, strips: [0, 1, 2].map((i) => RGB.filter((_, at) => at % 3 === i)) }],
      ['16 bits', { ...page, bits: 16, strips: [Uint8Array.from([...RGB].flatMap((value) => [value, value]))] }],
      [
        'a predictor',
        {
          ...page,
          compression: 8,
          predictor: 2,
          strips: [deflateSync(RGB.map((value, i) => (i % 12 < 3 ? value : value - RGB[i - 3])))],
        },
      ],
      [
        'alpha',
        {
          ...page,
          samples: 4,
          extraSamples: 2,
          strips: [
            Uint8Array.from(
              PICTURE.flatMap((pixel) =>
                pixel[0] === 255 && pixel[1] === 255 && pixel[2] === 255 ? [9, 9, 9, 0] : [...pixel, 255],
              ),
            ),
          ],
        },
      ],
      [
        'a palette',
        {
          ...page,
          samples: 1,
          photometric: 3,
          strips: [Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7])],
          colourMap: [0, 1, 2].flatMap((channel) =>
            Array.from({ length: 256 }, (_, i) => ((PICTURE[i]?.[channel] ?? 0) << 8) | 1),
          ),
        },
      ],
    ])('keeps the pixels of %s', async (_, made) => {
      expect(await pixels(await convert(makeTiff([made]), 'tiff'), 4)).toEqual(PICTURE);
    });

    it('shows an image the way its orientation says', async () => {
      // As displayed: the picture's rows run down, the first one on the right (orientation 6).
      const path = await convert(makeTiff([{ ...page, orientation: 6 }]), 'tiff');
      const [r, g, b, w, k, gray, y, c] = PICTURE;
      expect(await pixels(path, 2)).toEqual([k, r, gray, g, y, b, c, w]);
    });

    it('keeps every page, and its own size; leaves thumbnails out', async () => {
      const sheet: TiffPage = { ...page, width: 800, height: 400, samples: 1, strips: [new Uint8Array(320_000)], photometric: 1 };
      const thumbnail = { ...sheet, subfileType: 1 };
      const path = await convert(makeTiff([{ ...sheet, dpi: 100 }, thumbnail, { ...sheet, dpi: 200 }]), 'tiff');
      const document = await PDFDocument.load(await readFile(path));
      expect(document.getPages().map((shown) => shown.getWidth())).toEqual([576, 288]);
      expect((await pool.run({ op: 'open', pdf: { path } })).pageCount).toBe(2);
    });

    it('takes white for zero as it is', async () => {
      const path = await convert(
        makeTiff([{ width: 8, height: 1, samples: 1, bits: 1, photometric: 0, strips: [Uint8Array.of(0b10100000)] }]),
        'tiff',
      );
      expect((await pixels(path, 8)).map(([red]) => (red === 0 ? '#' : '.')).join('')).toBe('#.#.....');
    });

    it('keeps fax data as they are', async () => {
      const path = await convert(sample('8087_054.3B.tif'), 'tiff');
      const [before, after] = await Promise.all([stat(sample('8087_054.3B.tif')), stat(path)]);
      expect(after.size).toBeLessThan(before.size + 2000);
      const content = await pool.run({ op: 'content', pdf: { path }, page: 1 });
      expect(content.images).toMatchObject([{ dpi: 300, coverage: 1 }]);
      const pdf = await readFile(path, 'latin1');
      expect(pdf).toContain('/CCITTFaxDecode');
      expect(pdf).toMatch(/\/BitsPerComponent 1\b/);
    });

    it('unpacks a strip once, however many pages there are over it', async () => {
      const shared = { ...page, compression: 8, strips: [deflateSync(RGB)] };
      const other = { ...shared, strips: [deflateSync(RGB.map((value) => 255 - value))] };
      const tiff = makeTiff([
        other,
        ...Array.from({ length: 500 }, (_, i) => ({ ...shared, dpi: 50 + (i % 50), orientation: i === 1 ? 6 : 1 })),
      ]);
      const source = new MemorySource(tiff);
      const reads: number[] = [];
      const counted = {
        size: source.size,
        read: (offset: number, length: number) => {
          if (length === shared.strips[0].length) reads.push(offset);
          return source.read(offset, length);
        },
      };
      const pages = [...tiffPages(counted, LIMITS.maxPixels)].map(({ data, ...rest }) => ({
        ...rest,
        data: [...(data as Iterable<Uint8Array>)],
      }));
      expect(pages).toHaveLength(501);
      expect(reads).toHaveLength(2);

      const path = await convert(tiff, 'tiff', { ...LIMITS, maxPages: 1000 });
      expect((await readFile(path, 'latin1')).match(/\/Subtype \/Image/g)).toHaveLength(2);
      expect(await pixels(path, 4, 1)).toEqual(PICTURE.map((pixel) => pixel.map((value) => 255 - value)));
      expect(await pixels(path, 4, 2)).toEqual(PICTURE);
      expect(await pixels(path, 2, 3)).toEqual([4, 0, 5, 1, 6, 2, 7, 3].map((i) => PICTURE[i]));
      expect(await pixels(path, 4, 501)).toEqual(PICTURE);
    });

    it('refuses more pages than allowed', async () => {
      const pages = Array.from({ length: 3 }, () => page);
      await expect(convert(makeTiff(pages), 'tiff', { ...LIMITS, maxPages: 2 })).rejects.toMatchObject({
        code: 'too_many_pages',
      });
    });

    it('refuses a compression it does not know', async () => {
      await expect(convert(makeTiff([{ ...page, compression: 34661 }]), 'tiff')).rejects.toMatchObject({
        code: 'unsupported_document',
      });
    });

    it('keeps the pixels of tiles that stand over the edges', async () => {
      const tile = (from: number) =>
        Uint8Array.from(
          [0, 12].flatMap((row) =>
            [...RGB.subarray(row + from * 3, row + Math.min(from + 3, 4) * 3)].concat(Array(9).fill(7)).slice(0, 9),
          ),
        );
      const path = await convert(makeTiff([{ ...page, tile: [3, 2], strips: [tile(0), tile(3)] }]), 'tiff');
      expect(await pixels(path, 4)).toEqual(PICTURE);
    });

    it.each<[string, Partial<TiffPage>]>([
      ['a tile far larger than the image', { tile: [131_072, 65_536], predictor: 2, samples: 1, photometric: 1 }],
      [
        'many tiles that are too large together',
        { width: 10_000_000, height: 1, tile: [100_000, 10], samples: 1, photometric: 1 },
      ],
      ['many samples', { width: 3000, height: 3000, samples: 60 }],
      ['many planes', { width: 3000, height: 3000, samples: 60, planar: true }],
    ])('refuses %s before it is decoded', async (_, made) => {
      const image = makeTiff([{ ...page, strips: [Uint8Array.of(0)], ...made }]);
      await expect(convert(image, 'tiff')).rejects.toMatchObject({ code: 'page_too_large', page: 1 });
    });

    it('keeps of each old JPEG its own data alone', async () => {
      const jpeg = await jpegOf(await readFile(sample('c02-22.pdf')));
      const { width, height } = readJpegHeader(new MemorySource(jpeg), 0, jpeg.length);
      const image = makeTiff(
        Array.from({ length: 20 }, () => ({ ...page, width, height, photometric: 6, oldJpeg: true, strips: [jpeg] })),
      );
      const path = await convert(image, 'tiff', { ...LIMITS, maxPages: 20 });
      expect((await stat(path)).size).toBeLessThan(1.5 * image.length);
      expect(await pixels(path, 100, 20)).toEqual(await pixels(await convert(jpeg, 'jpeg'), 100));
    });

    it('keeps the colours of JPEG strips in plain RGB', async () => {
      const colours = [
        [200, 40, 192],
        [40, 200, 192],
      ];
      const strips = colours.map(rgbJpeg);
      const made = { ...page, width: 8, compression: 7 };
      const one = await convert(makeTiff([{ ...made, height: 8, strips: strips.slice(0, 1) }]), 'tiff');
      expect(await pixels(one, 8)).toEqual(Array(64).fill(colours[0]));
      const two = await convert(makeTiff([{ ...made, height: 16, rowsPerStrip: 8, strips }]), 'tiff');
      expect(await pixels(two, 8)).toEqual(colours.flatMap((colour) => Array<number[]>(64).fill(colour)));
    });

    it('refuses a JPEG larger than the tile it fills', async () => {
      const jpeg = await jpegOf(await readFile(sample('c02-22.pdf')));
      const image = makeTiff([{ ...page, photometric: 6, compression: 7, tile: [16, 16], strips: [jpeg] }]);
      await expect(convert(image, 'tiff')).rejects.toMatchObject({
        code: 'damaged_document',
        message: expect.stringContaining('larger than it should be') as string,
      });
    });

    it('refuses one that lacks strips', async () => {
      const image = makeTiff([{ ...page, rowsPerStrip: 1, strips: [RGB.subarray(0, 12)] }]);
      await expect(convert(image, 'tiff')).rejects.toMatchObject({
        code: 'damaged_document',
        message: expect.stringContaining('lacks some of its strips') as string,
      });
    });

    it('refuses directories that go beyond the file', async () => {
      await expect(convert(makeTiff([page]).subarray(0, 40), 'tiff')).rejects.toMatchObject({ code: 'damaged_document' });
    });
  });

  describe('PNG', () => {
    const rgba = Uint8Array.from(PICTURE.flatMap((pixel) => [...pixel, pixel === PICTURE[4] ? 0 : 255]));

    it('keeps the pixels of a plain one, and its compressed data', async () => {
      const image = encodePng({ width: 4, height: 2, channels: 3, data: RGB });
      expect(await pixels(await convert(image, 'png'), 4)).toEqual(PICTURE);
    });

    it('keeps the pixels of an interlaced one', async () => {
      const image = encodePng({ width: 4, height: 2, channels: 3, data: RGB }, { interlace: 'Adam7' });
      expect(await pixels(await convert(image, 'png'), 4)).toEqual(PICTURE);
    });

    it('shows white where it is transparent', async () => {
      const image = encodePng({ width: 4, height: 2, channels: 4, data: rgba });
      expect(await pixels(await convert(image, 'png'), 4)).toEqual(PICTURE.with(4, [255, 255, 255]));
    });

    it('keeps one bit a pixel', async () => {
      const path = await convert(sample('phototest-rotated-L.png'), 'png');
      expect((await stat(path)).size).toBeLessThan(9000);
    });

    it('refuses one that is cut off', async () => {
      const image = encodePng({ width: 4, height: 2, channels: 3, data: RGB });
      await expect(convert(image.subarray(0, -20), 'png')).rejects.toMatchObject({ code: 'damaged_document' });
    });
  });

  describe('JPEG', () => {
    let jpeg: Buffer;
    beforeAll(async () => {
      jpeg = await jpegOf(await readFile(sample('c02-22.pdf')));
    });

    it('keeps the data byte for byte', async () => {
      const path = await convert(jpeg, 'jpeg');
      expect((await jpegOf(await readFile(path))).equals(jpeg)).toBe(true);
      const [shown, original] = await Promise.all([
        pool.run({ op: 'render', pdf: { path: sample('c02-22.pdf') }, page: 1, dpi: 150 }),
        pool.run({ op: 'renderColour', pdf: { path }, page: 1, width: 800 }),
      ]);
      expect([original.width, original.height]).toEqual([shown.width, shown.height]);
    });

    it('obeys EXIF orientation', async () => {
      // Big-endian TIFF with one entry: orientation (0x0112), a SHORT, 6.
      const exif = Buffer.from(
        '457869660000 4d4d002a00000008 0001 0112 0003 00000001 00060000 00000000'.replaceAll(' ', ''),
        'hex',
      );
      const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
      const turned = await convert(Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]), 'jpeg');
      const [plain, content] = await Promise.all([
        pool.run({ op: 'content', pdf: { path: await convert(jpeg, 'jpeg') }, page: 1 }),
        pool.run({ op: 'content', pdf: { path: turned }, page: 1 }),
      ]);
      expect([content.width, content.height]).toEqual([plain.height, plain.width]);
    });

    it('refuses one that is cut off behind a whole thumbnail', async () => {
      // A directory of no entries, and a thumbnail that is nothing but a beginning and an end.
      const exif = Buffer.from('457869660000 4d4d002a00000008 0000 00000000 ffd8ffd9'.replaceAll(' ', ''), 'hex');
      const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
      const whole = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
      await convert(whole, 'jpeg');
      await expect(convert(whole.subarray(0, 50_000), 'jpeg')).rejects.toMatchObject({ code: 'damaged_document' });
    });

    it('refuses one that is cut off, and one that is none', async () => {
      await expect(convert(jpeg.subarray(0, 50_000), 'jpeg')).rejects.toMatchObject({ code: 'damaged_document' });
      await expect(convert(Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3, 4]), 'jpeg')).rejects.toMatchObject({
        code: 'damaged_document',
      });
    });
  });

  describe('WebP', () => {
    /** A lossless 1 x 1 WebP, one red pixel. */
    const red = Buffer.from('UklGRhwAAABXRUJQVlA4TA8AAAAvAAAAAAcQ/Y/+ByKi/wEA', 'base64');

    it('decodes it', async () => {
      expect((await pixels(await convert(red, 'webp'), 1))[0]).toEqual([255, 0, 0]);
    });

    it('says of an animated one that such are not taken, not that it is damaged', async () => {
      const features = Buffer.alloc(10);
      features[0] = 0x02;
      const file = Buffer.concat([Buffer.from('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1'), features]);
      await expect(convert(file, 'webp')).rejects.toMatchObject({ code: 'unsupported_document' });
    });

    it('refuses a broken one', async () => {
      await expect(convert(Buffer.concat([red.subarray(0, 25), Buffer.alloc(15, 0xaa)]), 'webp')).rejects.toMatchObject({
        code: 'damaged_document',
      });
    });
  });

  it('refuses too many pixels by the header alone', async () => {
    const png = Buffer.from(encodePng({ width: 4, height: 2, channels: 3, data: RGB }));
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    const tiff = makeTiff([{ width: 100_000, height: 100_000, samples: 1, bits: 1, photometric: 0, strips: [Uint8Array.of(0)] }]);
    await expect(convert(png, 'png')).rejects.toMatchObject({ code: 'page_too_large' });
    await expect(convert(tiff, 'tiff')).rejects.toMatchObject({ code: 'page_too_large', page: 1 });
  });

  it.skipIf(!canMount()).each<[string, ImageKind, () => Uint8Array]>([
    ['deflated', 'tiff', () => makeTiff([{ ...noise, samples: 1, bits: 8, photometric: 1, strips: [noise.data] }])],
    ['kept as it is', 'png', () => encodePng({ ...noise, channels: 1 })],
  ])('tells of a full disk when an image is %s, and leaves nothing behind', async (_, kind, image) => {
    const source = folder.path('noise.image');
    await writeFile(source, image());
    const disk = folder.path('disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const destination = join(disk, 'noise.pdf');
      await expect(imageToPdf(source, kind, destination, LIMITS)).rejects.toMatchObject({ code: 'storage_full' });
      expect(existsSync(destination)).toBe(false);
    } finally {
      execFileSync('umount', [disk]);
      await rmdir(disk);
    }
  });

  it('stops when it is aborted, and leaves nothing behind', async () => {
    const destination = folder.path('aborted.pdf');
    const stop = new AbortController();
    const running = imageToPdf(sample('8087_054.3B.tif'), 'tiff', destination, LIMITS, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(existsSync(destination)).toBe(false);
  });
});
