import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleLine, samplePage } from '../../../test/support/sample-pages.js';
import { exportedText, storedPage } from '../../../test/support/stored-pages.js';
import { exportPages } from './export-pages.js';
import type { ExportPage, FailedPage, StoredPages } from './exporter.js';
import { EXPORT_FORMATS } from './exporters.js';
import { writeExports, type ExportThreads } from './write-exports.js';

const FACTS = {
  name: 'a.pdf',
  page_count: 90,
  language: 'eng',
  ocr_provider: 'x',
  created_at: '2026-01-01T00:00:00Z',
  options: {},
};
const MANY = Array.from({ length: 90 }, (_, index) => samplePage(index + 1, [sampleLine(`the page ${index + 1}`, 72, 72)]));
const LOST: FailedPage = { page: 91, code: 'engine_failed', phase: 'recognise', message: 'gone' };

describe('writeExports', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exports-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const paths = (formats: readonly (typeof EXPORT_FORMATS)[number][]) =>
    new Map(formats.map((format) => [format, join(folder, format)]));
  async function* stored(pages: readonly ExportPage[]): AsyncGenerator<StoredPages | FailedPage> {
    yield* pages.map(storedPage);
  }
  const never = new AbortController().signal;

  it('writes what the formats are, in the order of the pages, whichever order is done first', async () => {
    const last: (() => void)[] = [];
    const threads: ExportThreads = {
      size: 2,
      // Of two orders the second is always done first.
      exportPages: async (order) => {
        if (last.length === 0) await new Promise<void>((resolve) => last.push(resolve));
        else setImmediate(() => last.shift()?.());
        return exportPages(order);
      },
    };
    await writeExports(threads, { facts: FACTS, pages: stored([...MANY, LOST]), files: paths(EXPORT_FORMATS), signal: never });
    for (const format of EXPORT_FORMATS)
      expect(await readFile(join(folder, format), 'utf8'), format).toBe(exportedText(format, FACTS, [...MANY, LOST]));
  });

  it.each(EXPORT_FORMATS)(
    'writes %s of documents without pages, and of those whose first or only pages are lost',
    async (format) => {
      const lost = Array.from({ length: 45 }, (_, index) => ({ ...LOST, page: index + 1 }));
      const threads: ExportThreads = { size: 1, exportPages: async (order) => exportPages(order) };
      for (const pages of [
        [],
        lost,
        [...lost, ...MANY.slice(45, 50)],
        [...MANY.slice(0, 20), ...lost.slice(20, 40), ...MANY.slice(40)],
      ]) {
        await writeExports(threads, { facts: FACTS, pages: stored(pages), files: paths([format]), signal: never });
        const written = await readFile(join(folder, format), 'utf8');
        expect(written).toBe(exportedText(format, FACTS, pages));
        if (format === 'json')
          expect((JSON.parse(written) as { pages: unknown[] }).pages).toHaveLength(
            pages.filter((page) => !('code' in page)).length,
          );
        if (format === 'txt') expect(written.split('\f')).toHaveLength(Math.max(1, pages.length));
      }
    },
  );

  it('has one order in work where the files are enormous', async () => {
    const file = Buffer.alloc(20 * 1024 * 1024, ' ');
    const pages = async function* () {
      for (const page of MANY.slice(0, 4)) {
        const json = Buffer.from(file);
        json.write(JSON.stringify(page));
        yield { json, pages: [page.page] };
      }
    };
    let [inWork, most] = [0, 0];
    const threads: ExportThreads = {
      size: 4,
      exportPages: async (order) => {
        most = Math.max(most, ++inWork);
        await new Promise(setImmediate);
        inWork--;
        return exportPages(order);
      },
    };
    await writeExports(threads, { facts: FACTS, pages: pages(), files: paths(['txt']), signal: never });
    expect(await readFile(join(folder, 'txt'), 'utf8')).toBe(exportedText('txt', FACTS, MANY.slice(0, 4)));
    expect(most).toBe(1);
  });

  it('takes of a file of several pages those that are meant', async () => {
    const file = Buffer.from(JSON.stringify(MANY.slice(0, 3)));
    async function* pages() {
      yield { json: file, pages: [1, { ...LOST, page: 2 }, 3] };
    }
    const threads: ExportThreads = { size: 1, exportPages: async (order) => exportPages(order) };
    await writeExports(threads, { facts: FACTS, pages: pages(), files: paths(['txt', 'json']), signal: never });
    expect(await readFile(join(folder, 'txt'), 'utf8')).toBe('the page 1\n\f\fthe page 3\n');
    expect(JSON.parse(await readFile(join(folder, 'json'), 'utf8'))).toMatchObject({ failed_pages: [{ page: 2 }] });
    expect(() => exportPages({ formats: ['txt'], pages: [{ json: file, pages: [7] }] })).toThrow(
      expect.objectContaining({ code: 'storage_failed', page: 7 }),
    );
  });

  it('takes no more pages than its threads work on, and one order more', async () => {
    let given = 0;
    async function* counted() {
      for (const page of MANY) {
        given = page.page;
        yield storedPage(page);
      }
    }
    const stop = new AbortController();
    const reason = new Error('enough');
    const threads: ExportThreads = {
      size: 2,
      exportPages: (_, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    };
    const writing = writeExports(threads, { facts: FACTS, pages: counted(), files: paths(['txt']), signal: stop.signal });
    writing.catch(() => undefined);
    while (given < 60) await new Promise(setImmediate);
    for (let n = 0; n < 20; n++) await new Promise(setImmediate);
    expect(given).toBe(60);
    stop.abort(reason);
    await expect(writing).rejects.toBe(reason);
  });

  it('ends with the first order that fails, and asks for no more pages', async () => {
    let given = 0;
    async function* counted() {
      for (const page of MANY) {
        given = page.page;
        await new Promise(setImmediate);
        yield storedPage(page);
      }
    }
    const threads: ExportThreads = { size: 8, exportPages: () => Promise.reject(new Error('broken')) };
    const writing = writeExports(threads, { facts: FACTS, pages: counted(), files: paths(['txt']), signal: never });
    await expect(writing).rejects.toThrow('broken');
    expect(given).toBeLessThan(30);
  });

  it('tells of pages that cannot be read, and has the threads stop', async () => {
    const stopped: boolean[] = [];
    async function* losing() {
      yield* MANY.slice(0, 20).map(storedPage);
      throw new Error('store lost');
    }
    const threads: ExportThreads = {
      size: 2,
      exportPages: (order, signal) => {
        signal.addEventListener('abort', () => stopped.push(true));
        return Promise.resolve(exportPages(order));
      },
    };
    const writing = writeExports(threads, { facts: FACTS, pages: losing(), files: paths(['json']), signal: never });
    await expect(writing).rejects.toThrow('store lost');
    expect(stopped).toEqual([true]);
  });
});
