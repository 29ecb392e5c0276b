import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import type { FailedPage } from '../exporters/exporter.js';
import { endlessPage, sample, temporaryFolder, writePdf } from '../testing/make-pdf.js';
import { drawingThreads, PdfiumPool, type PdfiumPoolOptions } from './pdfium-pool.js';

const LIMITS = { maxPages: 1000, maxPixels: 10_000_000 };
const LOST: FailedPage = { page: 1, code: 'engine_failed', phase: 'recognise', message: 'gone' };
const SCAN = { path: sample('loremipsum-flat.pdf') };

describe('PdfiumPool', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let endless: { path: string };
  const pools: PdfiumPool[] = [];
  const makePool = (options: Partial<PdfiumPoolOptions> = {}) => {
    const pool = new PdfiumPool({ limits: LIMITS, size: 1, ...options });
    pools.push(pool);
    return pool;
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    endless = { path: await writePdf(folder.path('endless.pdf'), endlessPage) };
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });
  afterAll(() => folder.remove());

  it('has the thread it was warmed up with do the first request', async () => {
    const pool = makePool({ size: 2 });
    await pool.warmUp();
    const { threads } = pool as unknown as { threads: Set<{ served: number }> };
    const ready = [...threads];
    expect(ready.map(({ served }) => served)).toEqual([0]);

    await pool.run({ op: 'open', pdf: SCAN });

    expect([...threads]).toEqual(ready);
    expect(ready.map(({ served }) => served)).toEqual([1]);
    await pool.close();
    await pool.warmUp();
    expect(threads.size).toBe(0);
  });

  it('leaves a warm-up that fails to be told by the first request', async () => {
    // What cannot be handed to a thread.
    const pool = makePool({ limits: { ...LIMITS, maxPages: (() => 1) as unknown as number } });
    await pool.warmUp();
    await expect(pool.run({ op: 'open', pdf: SCAN })).rejects.toThrow();
  });

  it('rejects an aborted request at once and goes on with a new thread', async () => {
    const pool = makePool({ abortGrace: 20 });
    await pool.run({ op: 'open', pdf: endless });
    const stop = new AbortController();
    const running = pool.run({ op: 'render', pdf: endless, page: 1, dpi: 72 }, stop.signal);
    const waiting = pool.run({ op: 'open', pdf: SCAN });
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await waiting).toEqual({ pageCount: 1, encrypted: false });
  });

  it('lets the other threads go on meanwhile', async () => {
    const pool = makePool({ size: 2, abortGrace: 20 });
    const stop = new AbortController();
    const running = pool.run({ op: 'render', pdf: endless, page: 1, dpi: 72 }, stop.signal);
    const image = await pool.run({ op: 'render', pdf: SCAN, page: 1, dpi: 50 });
    expect(image.data).toHaveLength(image.width * image.height);
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('takes a waiting request back when it is aborted', async () => {
    const pool = makePool({ abortGrace: 20 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = pool.run({ op: 'render', pdf: endless, page: 1, dpi: 72 }, first.signal);
    const waiting = pool.run({ op: 'open', pdf: SCAN }, second.signal);
    second.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    first.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does nothing for a signal aborted before', async () => {
    await expect(makePool().run({ op: 'open', pdf: SCAN }, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('tells of a breakdown and goes on with a fresh thread', async () => {
    const pool = makePool({ mostBytes: 48 * 1024 * 1024 });
    await expect(pool.run({ op: 'render', pdf: endless, page: 1, dpi: 72 })).rejects.toMatchObject({
      code: 'render_crashed',
      retryable: true,
      page: 1,
    });
    expect(await pool.run({ op: 'open', pdf: SCAN })).toEqual({ pageCount: 1, encrypted: false });
  });

  it('replaces threads after so many requests, and when they have grown, without anyone noticing', async () => {
    for (const options of [{ recycleAfter: 2 }, { recycleBytes: 1 }]) {
      const pool = makePool(options);
      const images = [];
      for (let i = 0; i < 3; i++) images.push(await pool.run({ op: 'render', pdf: SCAN, page: 1, dpi: 30 }));
      expect(images.map((image) => image.width)).toEqual([255, 255, 255]);
    }
  });

  it('serves more requests than it has threads', async () => {
    const pool = makePool({ size: 2 });
    const pdf = { path: sample('irm-400p.pdf') };
    const contents = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((page) => pool.run({ op: 'content', pdf, page })));
    expect(contents.map((content) => content.width)).toEqual([612, 612, 612, 612, 612, 612, 612]);
  });

  it('writes finished pages in other formats, for which it takes their files over', async () => {
    const pool = makePool({ recycleAfter: 1 });
    const page = samplePage(7, [sampleLine('a line of words', 50, 50)]);
    const file = new TextEncoder().encode(JSON.stringify(page));
    const order = {
      formats: ['txt', 'json', 'tsv'] as const,
      pages: [
        { json: file, pages: [7] },
        { ...LOST, page: 8 },
      ],
    };
    const [txt, json, tsv] = (await pool.run({ op: 'export', order })).map((each) => Buffer.from(each!).toString());
    expect([txt, json]).toEqual(['a line of words\n\f', JSON.stringify(page)]);
    expect(tsv?.split('\n').at(-2)).toMatch(/^5\t7\t1\t1\t1\t4\t/);
    expect(file).toHaveLength(0);
    expect(await pool.run({ op: 'export', order: { formats: ['json'], pages: [LOST] } })).toEqual([null]);

    // PDFium had no part in it: its thread is as it was.
    const { threads } = pool as unknown as { threads: Set<{ served: number }> };
    expect([...threads].map(({ served }) => served)).toEqual([0]);
  });

  it('tells of pages that are not what they should be', async () => {
    const pool = makePool();
    const write = (text: string, page: number) =>
      pool.run({ op: 'export', order: { formats: ['txt'], pages: [{ json: Buffer.from(text), pages: [page] }] } });
    await expect(write('[{"page": 1, "blo', 1)).rejects.toMatchObject({ code: 'merge_failed' });
    await expect(write('[{"page":1,"blocks":[]},{"page":2,"blocks":[]}]', 3)).rejects.toMatchObject({
      code: 'storage_failed',
      page: 3,
    });
    expect(await pool.run({ op: 'open', pdf: SCAN })).toEqual({ pageCount: 1, encrypted: false });
  });

  it('rejects what waits and runs when it is closed', async () => {
    const pool = makePool();
    const running = pool.run({ op: 'render', pdf: endless, page: 1, dpi: 72 });
    const waiting = pool.run({ op: 'open', pdf: SCAN });
    const both = Promise.allSettled([running, waiting]);
    await pool.close();
    for (const result of await both) expect(result).toMatchObject({ reason: { code: 'service_unavailable' } });
    await expect(pool.run({ op: 'open', pdf: SCAN })).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it.each([
    [200, 8, 8],
    [4, 8, 4],
    [4, 1, 2],
    [1, 8, 1],
  ])('has for %i pages in work on %i cores %i threads', (slots, cores, threads) => {
    expect(drawingThreads(slots, cores)).toBe(threads);
  });
});
