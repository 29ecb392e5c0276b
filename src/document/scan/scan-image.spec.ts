import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { degrees, PDFDocument, PDFName, PDFString, type PDFPage, type PDFRef } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../config/load-settings.js';
import { DocumentService } from '../document.service.js';
import { sample, temporaryFolder } from '../testing/make-pdf.js';
import { PdfSource } from '../write/pdf-source.js';
import { findScanImage } from './scan-image.js';

const [WIDTH, HEIGHT, DPI] = [200, 100, 100];
const POINTS = [(WIDTH * 72) / DPI, (HEIGHT * 72) / DPI] as const;
const UNTOUCHED = { invert: false, remove_borders: false, contrast: false, denoise: false, deskew: false, binarise: false };

/** Blotches of all tones. */
const tone = (x: number, y: number) => (Math.floor(x / 20) * 40 + Math.floor(y / 10) * 23) % 256;
const gray = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => tone(i % WIDTH, Math.floor(i / WIDTH)));
const colour = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (gray[Math.floor(i / 3)]! * (1 + (i % 3))) % 256);
const bits = Uint8Array.from({ length: (WIDTH / 8) * HEIGHT }, (_, i) => (i * 37) % 256);

interface Page {
  /** Samples, which are deflated; or what `filter` names unpacks. */
  readonly data?: Uint8Array;
  readonly filter?: string;
  readonly image?: Record<string, unknown>;
  readonly content?: string;
  readonly page?: (page: PDFPage, document: PDFDocument, image: PDFRef) => void;
}

/** PNG's filters, one after the other, over rows of `pixel` bytes a pixel. */
function filtered(data: Uint8Array, rowBytes: number, pixel: number): Uint8Array {
  const rows: number[] = [];
  for (let y = 0; y * rowBytes < data.length; y++) {
    const filter = y % 5;
    rows.push(filter);
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x;
      const left = x >= pixel ? data[at - pixel]! : 0;
      const up = y > 0 ? data[at - rowBytes]! : 0;
      const corner = x >= pixel && y > 0 ? data[at - rowBytes - pixel]! : 0;
      const nearest = [left, up, corner].toSorted(
        (a, b) => Math.abs(left + up - corner - a) - Math.abs(left + up - corner - b),
      )[0]!;
      rows.push((data[at]! - [0, left, up, (left + up) >> 1, nearest][filter]!) & 255);
    }
  }
  return Uint8Array.from(rows);
}

const SHOWN = `q ${POINTS[0]} 0 0 ${POINTS[1]} 0 0 cm /Im Do Q`;

/** Three bytes a colour, each as an octal escape. */
const PALETTE = Array.from({ length: 768 }, (_, i) => `\\${((i * 5) % 256).toString(8).padStart(3, '0')}`).join('');

const SCANS: Record<string, Page> = {
  gray: {},
  'gray with predictors': {
    data: filtered(gray, WIDTH, 1),
    image: { DecodeParms: { Predictor: 15, Columns: WIDTH, Colors: 1, BitsPerComponent: 8 } },
  },
  colour: { data: colour, image: { ColorSpace: 'DeviceRGB' } },
  'colour with predictors': {
    data: filtered(colour, WIDTH * 3, 3),
    image: { ColorSpace: 'DeviceRGB', DecodeParms: { Predictor: 15, Columns: WIDTH, Colors: 3, BitsPerComponent: 8 } },
  },
  'black and white': { data: bits, image: { BitsPerComponent: 1 } },
  'black and white, inverted': { data: bits, image: { BitsPerComponent: 1, Decode: [1, 0] } },
  'gray, inverted': { image: { Decode: [1, 0] } },
  'turned by the page': { page: (page) => page.setRotation(degrees(90)) },
  'turned on its head by the page': { page: (page) => page.setRotation(degrees(180)) },
  'turned the other way by the page': { page: (page) => page.setRotation(degrees(270)) },
  'colour told as three times as many columns of gray': {
    data: filtered(colour, WIDTH * 3, 1),
    image: { ColorSpace: 'DeviceRGB', DecodeParms: { Predictor: 15, Columns: WIDTH * 3, Colors: 1, BitsPerComponent: 8 } },
  },
  'placed in two steps': { content: `q ${POINTS[0]} 0 0 ${POINTS[1]} 0 0 cm q 1 0 0 1 0 0 cm /Im Do Q Q` },
  'within a clip around it, after colours nobody uses': {
    content: `q 0 0 ${POINTS[0]} ${POINTS[1]} re W n /Perceptual ri 1 0 0 rg 2 w ${SHOWN} Q`,
  },
  'in a graphics state that changes nothing': {
    content: `q /Plain gs ${POINTS[0]} 0 0 ${POINTS[1]} 0 0 cm /Im Do Q`,
    page: (page, { context }) =>
      page.node.setExtGState(PDFName.of('Plain'), context.obj({ Type: 'ExtGState', ca: 1, BM: 'Normal', SMask: 'None' })),
  },
  'colours by a palette': {
    image: { ColorSpace: ['Indexed', 'DeviceRGB', 255, PDFString.of(PALETTE)] },
  },
  'with a link': {
    page: (page, { context }) =>
      page.node.set(
        PDFName.of('Annots'),
        context.obj([{ Type: 'Annot', Subtype: 'Link', Rect: [0, 0, 9, 9], Border: [0, 0, 0] }]),
      ),
  },
};

/** The same blotches, made once with ImageMagick and OpenJPEG. */
const packed = (name: string) => readFileSync(new URL(`../testing/packed/${name}`, import.meta.url));

const PACKED: Record<string, Page> = {
  'a gray JPEG': { data: packed('gray.jpg'), filter: 'DCTDecode' },
  'a JPEG in colour': { data: packed('colour.jpg'), filter: 'DCTDecode', image: { ColorSpace: 'DeviceRGB' } },
  'a JPEG of four inks': { data: packed('cmyk.jpg'), filter: 'DCTDecode', image: { ColorSpace: 'DeviceCMYK' } },
  'a fax': {
    data: packed('black-and-white.g4'),
    filter: 'CCITTFaxDecode',
    image: { BitsPerComponent: 1, DecodeParms: { K: -1, Columns: WIDTH, Rows: HEIGHT } },
  },
  'a gray JPEG 2000': { data: packed('gray.jp2'), filter: 'JPXDecode' },
  'a JPEG 2000 in colour': { data: packed('colour.jp2'), filter: 'JPXDecode', image: { ColorSpace: 'DeviceRGB' } },
};

const mask = (document: PDFDocument, entries: Record<string, string | number | boolean>) =>
  document.context.register(
    document.context.stream(deflateSync(gray), {
      Type: 'XObject',
      Subtype: 'Image',
      Width: WIDTH,
      Height: HEIGHT,
      BitsPerComponent: 8,
      Filter: 'FlateDecode',
      ...entries,
    }),
  );

const OTHERS: Record<string, Page> = {
  'with a soft mask': {
    page: (_, document, image) =>
      (document.context.lookup(image) as unknown as { dict: Map<PDFName, unknown> }).dict.set(
        PDFName.of('SMask'),
        mask(document, { ColorSpace: 'DeviceGray' }),
      ),
  },
  'with a colour key': { image: { Mask: [0, 40] } },
  'a stencil': { data: bits, image: { BitsPerComponent: 1, ImageMask: true, ColorSpace: null } },
  'stretched in its tones': { image: { Decode: [0.2, 0.8] } },
  'in a gray of the page’s own': {
    page: (page, { context }) => {
      const gray = context.obj(['CalGray', { WhitePoint: [0.95, 1, 1.09], Gamma: 2.2 }]);
      page.node.Resources()?.set(PDFName.of('ColorSpace'), context.obj({ DefaultGray: gray }));
    },
  },
  'upside down': { content: `q ${POINTS[0]} 0 0 -${POINTS[1]} 0 ${POINTS[1]} cm /Im Do Q` },
  leaning: { content: `q ${POINTS[0]} 2 -2 ${POINTS[1]} 0 0 cm /Im Do Q` },
  clipped: { content: `q 10 10 40 40 re W n ${SHOWN} Q` },
  'beside lines': { content: `${SHOWN} 5 w 0 0 m 100 50 l S` },
  'shown twice': { content: `${SHOWN} q 30 0 0 30 0 0 cm /Im Do Q` },
  faded: {
    content: `q /Half gs ${POINTS[0]} 0 0 ${POINTS[1]} 0 0 cm /Im Do Q`,
    page: (page, { context }) => page.node.setExtGState(PDFName.of('Half'), context.obj({ ca: 0.5 })),
  },
  'below a note': {
    page: (page, { context }) =>
      page.node.set(
        PDFName.of('Annots'),
        context.obj([{ Type: 'Annot', Subtype: 'Square', Rect: [10, 10, 60, 60], C: [0, 0, 0], IC: [0, 0, 0], F: 4 }]),
      ),
  },
};

/** Smaller or larger than their page: told by where PDFium says they lie. */
const ELSEWHERE: Record<string, Page> = {
  'with a margin': { content: `q ${POINTS[0] - 20} 0 0 ${POINTS[1] - 10} 10 5 cm /Im Do Q` },
  cropped: { page: (page) => page.setCropBox(20, 10, 60, 40) },
  'with pixels that are no squares': {
    page: (page) => page.setSize(POINTS[0], POINTS[1] * 2),
    content: `q ${POINTS[0]} 0 0 ${POINTS[1] * 2} 0 0 cm /Im Do Q`,
  },
};

describe('pages that are nothing but an image', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let documents: DocumentService;

  beforeAll(async () => {
    folder = await temporaryFolder();
    documents = new DocumentService(loadSettings({ data_dir: folder.path('data') }, {}, folder.path('.')));
  });
  afterAll(async () => {
    await documents.close();
    await folder.remove();
  });

  async function made({ data = gray, filter, image = {}, content = SHOWN, page: change }: Page): Promise<string> {
    const document = await PDFDocument.create();
    const { context } = document;
    const page = document.addPage([...POINTS]);
    const usual = {
      Type: 'XObject',
      Subtype: 'Image',
      Width: WIDTH,
      Height: HEIGHT,
      ColorSpace: 'DeviceGray',
      BitsPerComponent: 8,
    };
    const entries = Object.entries({ ...usual, ...image }).filter(([, value]) => value !== null);
    const described = { ...Object.fromEntries(entries), Filter: filter ?? 'FlateDecode' } as Record<string, string>;
    const picture = context.register(context.stream(filter === undefined ? deflateSync(data) : data, described));
    page.node.setXObject(PDFName.of('Im'), picture);
    page.node.set(PDFName.of('Contents'), context.register(context.stream(content)));
    change?.(page, document, picture);
    const path = folder.path('page.pdf');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path, await document.save({ useObjectStreams: false }));
    return path;
  }

  async function found(path: string) {
    const source = await PdfSource.open(path);
    try {
      return await findScanImage(source, 1);
    } finally {
      await source.close();
    }
  }

  /** The largest difference between the page as it is prepared and as it is drawn. */
  async function difference(path: string, page = 1, dpi = DPI): Promise<number> {
    const drawn = await documents.render({ path }, page, { dpi });
    const { image } = await documents.prepare({ path }, page, {
      dpi,
      preprocess: UNTOUCHED,
      manner: 'usual',
      turn: 0,
      picturesBeside: null,
    });
    expect([image.width, image.height]).toEqual([drawn.width, drawn.height]);
    // Neither of them could read a thing, else.
    expect(new Set(drawn.data).size).toBeGreaterThan(1);
    return image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - drawn.data[i]!)), 0);
  }

  it.each(Object.entries(SCANS))('gives the pixels of an image %s as they would be drawn', async (_, page) => {
    const path = await made(page);
    expect(await found(path)).toMatchObject({ width: WIDTH, height: HEIGHT, filters: ['FlateDecode'] });
    expect(await difference(path)).toBeLessThanOrEqual(1);
  });

  it.each(Object.entries(PACKED))('gives the pixels of %s as they would be drawn', async (_, page) => {
    const path = await made(page);
    expect(await found(path)).toMatchObject({ width: WIDTH, height: HEIGHT, filters: [page.filter] });
    expect(await difference(path)).toBeLessThanOrEqual(1);
  });

  it.each(Object.entries(OTHERS))('leaves an image %s to be drawn', async (_, page) => {
    const path = await made(page);
    expect(await found(path)).toBeNull();
    expect(await difference(path)).toBe(0);
  });

  it.each(Object.entries(ELSEWHERE))('draws an image %s', async (_, page) => {
    expect(await difference(await made(page))).toBe(0);
  });

  it.each(['c02-22.pdf', 'loremipsum-flat.pdf'])('takes the scan of %s, whatever it is packed with', async (name) => {
    expect(await found(sample(name))).not.toBeNull();
  });

  it('draws what is cut off', async () => {
    const path = await made({ data: gray.subarray(0, 5000) });
    expect(await difference(path)).toBe(0);
  });
});
