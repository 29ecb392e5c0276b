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

  it('takes of a file of several pages those that are meant', async () => {
    const file = Buffer.from(JSON.stringify(MANY.slice(0, 3)));
    async function* pages() {
      yield { json: file, pages: [1] };
      yield storedPage({ ...LOST, page: 2 });
      yield { json: file, pages: [3] };
    }
    const threads: ExportThreads = { size: 1, exportPages: async (order) => exportPages(order) };
    await writeExports(threads, { facts: FACTS, pages: pages(), files: paths(['txt']), signal: never });
    expect(await readFile(join(folder, 'txt'), 'utf8')).toBe('the page 1\n\f\fthe page 3\n');
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
