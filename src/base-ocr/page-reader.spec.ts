import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { degrees, PDFDocument, StandardFonts, type PDFPage } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { documentPath } from '../../test/engines/images.js';
import { loadSettings } from '../config/load-settings.js';
import { OcrError } from '../errors/ocr-error.js';
import { DocumentService } from '../document/document.service.js';
import type { GrayImage } from '../document/document.types.js';
import { textOf, wordsOf, type PageResult } from '../document/page-result.js';
import { writeSearchablePdf } from '../document/write/searchable-pdf.js';
import { verifySearchablePdf } from '../document/write/verify-searchable-pdf.js';
import type { EngineBlock, OcrEngine, PixelBox, RecogniseRequest } from './engines/ocr-engine.js';
import type { CachedReading, CacheHolder, PageCache } from './page-cache.js';
import { readThroughPipeline, type ReadPageRequest } from './page-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'page-reader-'));
const documents = new DocumentService(loadSettings({ ocr_slots: 1 }, {}, folder));
const never = new AbortController().signal;

/** Finds the box of an image's ink, and gives the words it is told to in a line across it. */
class InkEngine implements OcrEngine {
  readonly name: string = 'ink';
  readonly seen: GrayImage[] = [];
  constructor(
    private readonly say: (image: GrayImage, call: number) => { words: string[]; confidence: number } | 'nothing ever',
  ) {}
  status() {
    return Promise.resolve({ name: this.name, ready: true, version: '1', languages: [], slots: 1 });
  }
  recognise({ image, signal }: RecogniseRequest): Promise<{ blocks: EngineBlock[] }> {
    // The image is the engine's for the time of the reading alone.
    this.seen.push({ ...image, data: image.data.slice() });
    const answer = this.say(image, this.seen.length);
    if (answer === 'nothing ever') {
      return new Promise((_, reject) => {
        const stop = () => reject(signal.reason as Error);
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop);
      });
    }
    const box = inkBox(image);
    const width = (box.x1 - box.x0) / answer.words.length;
    const words = answer.words.map((text, i) => ({
      text,
      box: { ...box, x0: box.x0 + i * width, x1: box.x0 + (i + 0.9) * width, y1: box.y0 + Math.min(20, width / 2) },
      confidence: answer.confidence,
    }));
    return Promise.resolve({ blocks: [{ box, paragraphs: [{ box, lines: [{ box, words }] }] }] });
  }
  close() {
    return Promise.resolve();
  }
}

function inkBox({ width, height, data }: GrayImage): PixelBox {
  const box = { x0: width, y0: height, x1: 0, y1: 0 };
  for (let i = 0; i < data.length; i++) {
    if (data[i] >= 128) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    box.x0 = Math.min(box.x0, x);
    box.x1 = Math.max(box.x1, x + 1);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y + 1);
  }
  return box;
}

/** Words enough that nothing counts as unseen. */
const SURE = { words: Array.from({ length: 60 }, () => 'recognised'), confidence: 95 };
const UNSURE = { ...SURE, confidence: 40 };

const read = (
  engine: OcrEngine,
  path: string,
  options: Partial<ReadPageRequest> = {},
  parts: { cache?: PageCache; timeMs?: number; standIns?: OcrEngine[] } = {},
): Promise<PageResult> =>
  readThroughPipeline(
    { documents, engine, cache: parts.cache, standIns: parts.standIns, timeMs: parts.timeMs ?? 60_000 },
    { pdf: { path }, page: 1, mode: 'skip_text', language: 'eng', provider: engine.name, signal: never, ...options },
  );

const scan = join(folder, 'scan.pdf');

/** The scan with text printed on it, and what a page of its own size carries beside. */
async function withText(name: string, add: (pdf: PDFDocument, scanned: PDFDocument) => Promise<void>): Promise<string> {
  const scanned = await PDFDocument.load(readFileSync(scan));
  const pdf = await PDFDocument.create();
  await add(pdf, scanned);
  const path = join(folder, name);
  writeFileSync(path, await pdf.save());
  return path;
}

/** The words of the text layer a result leads to. */
async function layerOf(path: string, result: PageResult): Promise<string[]> {
  const output = `${path}.out.pdf`;
  const pages = async function* () {
    yield result;
  };
  await writeSearchablePdf({ source: { path }, output, pages: pages(), stripInvisibleText: false });
  const verifying = verifySearchablePdf({ pdf: { path: output }, pageCount: 1, pages: pages(), reader: documents });
  expect(await verifying).toBeUndefined();
  const blocks = await documents.readText({ path: output }, 1, { invisibleOnly: true });
  return [...wordsOf({ blocks })].map((word) => word.text);
}

beforeAll(() => documents.toPdf(documentPath('phototest.tif'), 'tiff', scan));
afterAll(async () => {
  await documents.close();
  rmSync(folder, { recursive: true });
});

describe('a doubtful page', () => {
  it('is read again, and the better reading kept', async () => {
    const isBilevel = (image: GrayImage) => image.data.every((value) => value === 0 || value === 255);
    const engine = new InkEngine((image) => (isBilevel(image) ? SURE : UNSURE));
    const gray = await withText('gray.pdf', async (pdf, scanned) => {
      const [embedded] = await pdf.embedPdf(scanned);
      pdf.addPage([230.4, 172.8]).drawPage(embedded, { opacity: 0.7, width: 230.4, height: 172.8 });
    });
    const result = await read(engine, gray);
    expect(result.readings).toMatchObject([
      { provider: 'ink', confidence: 40, kept: false },
      { provider: 'ink', confidence: 95, kept: true },
    ]);
    expect(result.readings?.[1]?.preparation).toMatch(/^200 dpi, .*binarise/);
    expect(result.confidence).toBe(95);
  });

  it('keeps its first reading when no other is better, and none is made when that is not wanted', async () => {
    const engine = new InkEngine(() => UNSURE);
    const result = await read(engine, scan);
    expect(result.readings?.map(({ kept }) => kept)).toEqual([true, false, false]);
    const once = await read(new InkEngine(() => UNSURE), scan, { secondLook: false });
    expect([once.readings, once.confidence]).toEqual([undefined, 40]);
  });

  it('is not read again where another manner gives the same image', async () => {
    const engine = new InkEngine(() => UNSURE);
    // Black and white, which the second look would try first, is not to be had.
    const result = await read(engine, scan, { preprocess: { contrast: false, binarise: false } });
    expect(result.readings?.map(({ preparation }) => preparation)).toEqual(['200 dpi', '300 dpi']);
  });

  it('is read otherwise by an engine that can be told to, and by another engine', async () => {
    const ways: (string | undefined)[] = [];
    class SegmentingEngine extends InkEngine {
      readonly segments = true;
      override recognise(request: RecogniseRequest) {
        ways.push(request.segmentation);
        return super.recognise(request);
      }
    }
    const other = new InkEngine(() => SURE);
    const result = await read(
      new SegmentingEngine(() => UNSURE),
      scan,
      {},
      { standIns: [Object.assign(other, { name: 'other' })] },
    );
    expect(ways.filter((way) => way !== undefined)).toEqual(['scattered']);
    expect(result.readings?.map(({ provider, kept }) => [provider, kept])).toEqual([
      ['ink', false],
      ['ink', false],
      ['ink', false],
      ['ink', false],
      ['other', true],
    ]);
    expect(result.readings?.[3]?.preparation).toMatch(/as scattered text$/);
    expect(result.engine?.provider).toBe('other');
  });

  it('is not waited for beyond its time', async () => {
    const engine = new InkEngine((_, call) => (call === 1 ? { ...SURE, confidence: 75 } : 'nothing ever'));
    const started = performance.now();
    const result = await read(engine, scan, {}, { timeMs: 1500 });
    expect(result.confidence).toBe(75);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('stops when its caller does', async () => {
    const abort = new AbortController();
    const engine = new InkEngine((_, call) => {
      if (call === 1) return { ...SURE, confidence: 75 };
      abort.abort(new Error('cancelled'));
      return 'nothing ever';
    });
    await expect(read(engine, scan, { signal: abort.signal })).rejects.toThrow('cancelled');
  });
});

describe('a page with text and pictures', () => {
  const stamped = () =>
    withText('stamped.pdf', async (pdf, scanned) => {
      const [embedded] = await pdf.embedPdf(scanned);
      const page = pdf.addPage([230.4, 172.8]);
      page.drawPage(embedded, { width: 230.4, height: 172.8 });
      page.drawText('APPROVED 42', { x: 60, y: 6, size: 9, font: await pdf.embedFont(StandardFonts.Helvetica) });
    });

  it('keeps its text, and has its pictures read between it', async () => {
    const path = await withText('mixed.pdf', async (pdf, scanned) => {
      const [embedded] = await pdf.embedPdf(scanned);
      const font = await pdf.embedFont(StandardFonts.Helvetica);
      const page = pdf.addPage([300, 370]);
      page.drawText('Above the picture', { x: 40, y: 335, size: 12, font });
      page.drawPage(embedded, { x: 40, y: 130, width: 230.4, height: 172.8 });
      page.drawText('Below the picture', { x: 40, y: 80, size: 12, font });
    });
    const engine = new InkEngine(() => ({ words: ['drawn', 'words'], confidence: 95 }));
    const result = await read(engine, path, { secondLook: false });
    expect(textOf(result).replace(/\s+/g, ' ')).toBe('Above the picture drawn words Below the picture');
    expect(result).toMatchObject({ source: 'recognised', confidence: 95, engine: { provider: 'ink' } });
    // The engine saw nothing but the picture.
    const { y0, y1 } = inkBox(engine.seen[0] as GrayImage);
    expect([y0, y1].every((y) => y > ((370 - 305) / 72) * 200 && y < ((370 - 128) / 72) * 200)).toBe(true);
    expect(await layerOf(path, result)).toEqual(['drawn', 'words']);
  });

  it('gets the text of a stamp on a scan no second time', async () => {
    const path = await stamped();
    const result = await read(new InkEngine(() => SURE), path);
    expect(textOf(result)).toContain('APPROVED 42');
    const layer = await layerOf(path, result);
    expect(layer).toHaveLength(SURE.words.length);
    expect(layer).not.toContain('APPROVED');
  });

  /** The scan, with what is drawn before and after it. */
  const scanWith = (name: string, draw: { under?: (page: PDFPage) => void; over?: (page: PDFPage) => void }) =>
    withText(name, async (pdf, scanned) => {
      const [embedded] = await pdf.embedPdf(scanned);
      const page = pdf.addPage([230.4, 172.8]);
      page.setFont(await pdf.embedFont(StandardFonts.Helvetica));
      draw.under?.(page);
      page.drawPage(embedded, { width: 230.4, height: 172.8 });
      draw.over?.(page);
    });

  it.each([0, 50])('is read whole under a watermark that leans by %i degrees', async (lean) => {
    const plain = await scanWith('plain.pdf', {});
    const marked = await scanWith('marked.pdf', {
      over: (page) => page.drawText('DRAFT', { x: 60, y: 30, size: 50, opacity: 0.3, rotate: degrees(lean) }),
    });
    const engine = new InkEngine(() => SURE);
    await read(engine, plain);
    const result = await read(engine, marked);
    const [without, under] = engine.seen.map(({ data }) => data);
    expect(Buffer.compare(under!, without!)).toBe(0);
    expect(textOf(result)).toContain('DRAFT');
  });

  it('has no second time read what its pictures say at the place of its own text', async () => {
    const path = await scanWith('said.pdf', {
      over: (page) => page.drawText('This is it', { x: 15, y: 130, size: 12 }),
    });
    const result = await read(new InkEngine(() => ({ words: ['This', 'other'], confidence: 95 })), path);
    expect(textOf(result).match(/This/g)).toHaveLength(1);
    expect(textOf(result)).toContain('other');
  });

  it('is not read where a picture hides its text', async () => {
    const path = await scanWith('seen.pdf', { under: (page) => page.drawText('x', { x: 225, y: 1, size: 2 }) });
    const hidden = await scanWith('hidden.pdf', { under: (page) => page.drawText('x'.repeat(30), { x: 5, y: 120, size: 40 }) });
    const engine = new InkEngine(() => SURE);
    await read(engine, path);
    await read(engine, hidden);
    const ink = (image: GrayImage) => image.data.filter((value) => value < 128).length;
    const [all, rest] = engine.seen.map(ink);
    expect(rest).toBeLessThan(all! * 0.8);
  });

  it('is kept as it is when its pictures show no writing', async () => {
    const path = await withText('square.pdf', async (pdf) => {
      const page = pdf.addPage([400, 500]);
      page.drawText('Only text', { x: 40, y: 450, size: 12, font: await pdf.embedFont(StandardFonts.Helvetica) });
      const png = await pdf.embedPng(
        'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
      );
      page.drawImage(png, { x: 40, y: 100, width: 200, height: 200 });
    });
    const engine = new InkEngine(() => SURE);
    const result = await read(engine, path);
    expect([result.source, textOf(result), engine.seen.length]).toEqual(['kept', 'Only text', 0]);
  });

  it('read by force gets only those words into its layer that its text does not say', async () => {
    const path = await withText('digital.pdf', async (pdf) => {
      const font = await pdf.embedFont(StandardFonts.Helvetica);
      pdf.addPage([300, 200]).drawText('printed words here', { x: 40, y: 100, size: 20, font });
    });
    const engine = new InkEngine(() => ({ words: ['printed', 'w0rds', 'elsewhere'], confidence: 95 }));
    const result = await read(engine, path, { mode: 'force' });
    expect(textOf(result)).toBe('printed w0rds elsewhere');
    expect(await layerOf(path, result)).toEqual(['elsewhere']);
  });
});

describe('a page without anything on it', () => {
  it('is blank without being drawn, whatever the mode', async () => {
    const path = await withText('nothing.pdf', async (pdf) => void pdf.addPage([300, 200]));
    const drawing = vi.spyOn(documents, 'prepare');
    const engine = new InkEngine(() => SURE);
    for (const mode of ['skip_text', 'redo', 'force'] as const) {
      expect(await read(engine, path, { mode })).toMatchObject({ source: 'blank', blocks: [], width: 300, height: 200 });
    }
    expect([drawing.mock.calls.length, engine.seen.length]).toEqual([0, 0]);
    drawing.mockRestore();
  });
});

describe('a page that lies on its side', () => {
  it('stays so in the PDF, unless it is to be turned', async () => {
    const result = { ...(await read(new InkEngine(() => SURE), scan)), orientation: 90 as const };
    const rotationAfter = async (rotatePages: boolean) => {
      const output = join(folder, `rotated-${rotatePages}.pdf`);
      const pages = async function* () {
        yield result;
      };
      await writeSearchablePdf({ source: { path: scan }, output, pages: pages(), rotatePages });
      const { rotation, width, height } = await documents.content({ path: output }, 1);
      return [rotation, Math.round(width), Math.round(height)];
    };
    expect(await rotationAfter(false)).toEqual([0, 230, 173]);
    expect(await rotationAfter(true)).toEqual([90, 173, 230]);
  });

  it('is not turned when it has text of its own, which stands upright', async () => {
    const path = await withText('sideways.pdf', async (pdf, scanned) => {
      const [embedded] = await pdf.embedPdf(scanned);
      const page = pdf.addPage([230.4, 172.8]);
      page.drawPage(embedded, { width: 230.4, height: 172.8 });
      page.drawText('Upright', { x: 60, y: 6, size: 9, font: await pdf.embedFont(StandardFonts.Helvetica) });
    });
    const result = { ...(await read(new InkEngine(() => SURE), path)), orientation: 90 as const };
    const output = join(folder, 'sideways.out.pdf');
    const pages = async function* () {
      yield result;
    };
    await writeSearchablePdf({ source: { path }, output, pages: pages(), rotatePages: true });
    expect((await documents.content({ path: output }, 1)).rotation).toBe(0);
  });
});

describe('a page image read before', () => {
  const NORTH: CacheHolder = { tenant: 'north', task: '1' };
  class MemoryCache implements PageCache {
    readonly kept = new Map<string, CachedReading>();
    find({ tenant }: CacheHolder, key: string) {
      return Promise.resolve(this.kept.get(`${tenant}/${key}`) ?? null);
    }
    keep({ tenant }: CacheHolder, key: string, reading: CachedReading) {
      this.kept.set(`${tenant}/${key}`, structuredClone(reading));
      return Promise.resolve();
    }
  }

  it('is not read again by the same terms', async () => {
    const cache = new MemoryCache();
    const engine = new InkEngine(() => SURE);
    const first = await read(engine, scan, { cacheFor: NORTH }, { cache });
    const again = await read(engine, scan, { cacheFor: NORTH }, { cache });
    expect({ ...again, duration_ms: 0 }).toEqual({ ...first, duration_ms: 0 });
    expect(engine.seen).toHaveLength(1);
  });

  it.each([
    ['another tenant', { cacheFor: { tenant: 'south', task: '2' } }],
    ['another language', { cacheFor: NORTH, language: 'fra' }],
    ['another resolution', { cacheFor: NORTH, dpi: 150 }],
    ['other options of the preparation', { cacheFor: NORTH, preprocess: { deskew: false } }],
    ['somebody who wants no cache', {}],
  ])('is read again for %s', async (_, options) => {
    const cache = new MemoryCache();
    const engine = new InkEngine(() => SURE);
    await read(engine, scan, { cacheFor: NORTH }, { cache });
    await read(engine, scan, options, { cache });
    expect(engine.seen).toHaveLength(2);
  });

  it('is read again by the engine with other data, and by another to stand in', async () => {
    const cache = new MemoryCache();
    const engine = new InkEngine(() => SURE);
    const reading = (data: string, ...standIns: OcrEngine[]) =>
      read(Object.assign(engine, { identity: async () => data }), scan, { cacheFor: NORTH }, { cache, standIns });
    const standIn = Object.assign(new InkEngine(() => SURE), { name: 'other', identity: async () => 'one' });
    await reading('one');
    await reading('another');
    await reading('another', standIn);
    await reading('another', Object.assign(standIn, { identity: async () => 'another' }));
    expect(engine.seen).toHaveLength(4);
    await reading('one');
    expect(engine.seen).toHaveLength(4);
  });

  it.each([
    ['lacks the language', { identity: () => Promise.reject(new OcrError('language_not_available')) }],
    ['cannot say how it stands', { status: () => Promise.reject(new Error('broken')) }],
    ['is not ready', { status: async () => ({ name: 'other', ready: false, version: '1', languages: [], slots: 1 }) }],
  ])('is remembered as read without a stand-in that %s', async (_, fault) => {
    const cache = new MemoryCache();
    const engine = new InkEngine(() => UNSURE);
    const other = () => Object.assign(new InkEngine(() => SURE), { name: 'other' });
    const unable = Object.assign(other(), fault);
    const readWith = (standIn: OcrEngine) => read(engine, scan, { cacheFor: NORTH }, { cache, standIns: [standIn] });

    expect(await readWith(unable)).toMatchObject({ confidence: 40, engine: { provider: 'ink' } });
    const calls = engine.seen.length;
    expect(await readWith(unable)).toMatchObject({ confidence: 40 });
    expect([engine.seen.length, unable.seen.length]).toEqual([calls, 0]);

    expect(await readWith(other())).toMatchObject({ confidence: 95, engine: { provider: 'other', version: '1' } });
  });

  it('is read again after a second look that could not be made in full, and not after one that was of no use', async () => {
    const cache = new MemoryCache();
    const engine = new InkEngine(() => UNSURE);
    const standInThat = (fail: (call: number) => OcrError | undefined) =>
      Object.assign(
        new InkEngine((_, call) => {
          const error = fail(call);
          if (error !== undefined) throw error;
          return SURE;
        }),
        { name: 'other' },
      );
    const readWith = (standIn: OcrEngine, timeMs?: number) =>
      read(engine, scan, { cacheFor: NORTH }, { cache, standIns: [standIn], timeMs });

    // There was no time for it.
    const standIn = standInThat((call) => (call === 1 ? new OcrError('engine_unavailable') : undefined));
    expect(await readWith(standIn, 0)).toMatchObject({ confidence: 40 });
    // The stand-in was down.
    expect(await readWith(standIn)).toMatchObject({ confidence: 40 });
    expect(await readWith(standIn)).toMatchObject({ confidence: 95, engine: { provider: 'other' } });
    expect(await readWith(standIn)).toMatchObject({ confidence: 95, engine: { provider: 'other' } });
    expect(standIn.seen).toHaveLength(2);

    // A stand-in that does not take the page will not take it the next time.
    cache.kept.clear();
    const refusing = standInThat(() => new OcrError('engine_failed', { retryable: false }));
    expect(await readWith(refusing)).toMatchObject({ confidence: 40 });
    const calls = engine.seen.length;
    expect(await readWith(refusing)).toMatchObject({ confidence: 40 });
    expect([engine.seen.length, refusing.seen.length]).toEqual([calls, 1]);

    // Nor will one that takes longer than the page may.
    cache.kept.clear();
    const endless = Object.assign(new InkEngine(() => 'nothing ever'), { name: 'other' });
    expect(await readWith(endless, 2000)).toMatchObject({ confidence: 40 });
    expect(await readWith(endless, 2000)).toMatchObject({ confidence: 40 });
    expect(endless.seen).toHaveLength(1);
  });

  it('is read when the cache fails', async () => {
    const broken: PageCache = {
      find: () => Promise.reject(new Error('away')),
      keep: () => Promise.reject(new Error('away')),
    };
    const result = await read(new InkEngine(() => SURE), scan, { cacheFor: NORTH }, { cache: broken });
    expect(result.source).toBe('recognised');
  });
});
