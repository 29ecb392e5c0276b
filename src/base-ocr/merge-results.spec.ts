import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleLine, samplePage } from '../../test/support/sample-pages.js';
import { pagesToMerge, storedPage } from '../../test/support/stored-pages.js';
import { loadSettings } from '../config/load-settings.js';
import { DocumentService } from '../document/document.service.js';
import { EXPORT_FORMATS } from '../document/exporters/exporters.js';
import type { PageSource } from '../document/page-result.js';
import { mergeResults, type MergeRequest, type ResultFormat } from './merge-results.js';

interface MergeOptions extends Partial<Pick<MergeRequest, 'optimize' | 'storedPages' | 'signal'>> {
  readonly into?: string;
  readonly pageCount?: number;
}

describe('merging', () => {
  let folder: string;
  let documents: DocumentService;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'merge-'));
    documents = new DocumentService(loadSettings({}, {}, folder));
  });
  afterAll(async () => {
    await documents.close();
    await rm(folder, { recursive: true });
  });

  /** Merges a page of a document whose printed text is in a font that is not in it, or one of no text. */
  /** What passes over the pages the last merge made. */
  let passes: string[] = [];

  async function merge(formats: ResultFormat[], printed: boolean, { optimize, into, pageCount = 1, ...more }: MergeOptions = {}) {
    const document = await PDFDocument.create();
    const page = document.addPage([612, 792]);
    if (printed) page.drawText('printed', { x: 300, y: 50 });
    const outputDir = into ?? (await mkdtemp(join(folder, 'results-')));
    const path = join(outputDir, 'source.pdf');
    await writeFile(path, await document.save({ useObjectStreams: false }));
    const facts = {
      name: 'a/b: c.pdf',
      page_count: pageCount,
      language: 'eng',
      ocr_provider: 'x',
      created_at: '2026-01-01T00:00:00Z',
      options: {},
    };
    passes = [];
    const each = pagesToMerge(samplePage(1, [sampleLine('words of the layer', 50, 50)]));
    const pages = (sources: readonly PageSource[]) => {
      passes.push(sources.join());
      return each.pages();
    };
    const storedPages = () => {
      passes.push('all');
      return each.storedPages();
    };
    const signal = new AbortController().signal;
    return mergeResults(documents, {
      pdf: { path },
      facts,
      pages,
      storedPages,
      formats,
      mode: 'skip_text',
      optimize,
      outputDir,
      signal,
      ...more,
    });
  }

  async function namesIn(path: string): Promise<string[]> {
    const zip = await readFile(path);
    const names: string[] = [];
    for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4, 'latin1'))
      names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
    return names;
  }

  it('makes what it can, and says what it cannot and why', async () => {
    const { files, refused } = await merge(['zip', 'pdf', 'pdfa', 'txt'], true);
    expect(files.map(({ format, extension }) => [format, extension])).toEqual([
      ['pdf', 'pdf'],
      ['txt', 'txt'],
      ['zip', 'zip'],
    ]);
    expect(refused).toMatchObject([{ format: 'pdfa', error: { code: 'pdfa_not_possible', retryable: false } }]);
    expect(await namesIn(files[2]?.path ?? '')).toEqual(['b_ c.pdf', 'b_ c.txt']);
  });

  it('fails when all that was asked for cannot be made', async () => {
    await expect(merge(['pdfa'], true)).rejects.toMatchObject({ code: 'pdfa_not_possible' });
    await expect(merge(['pdfa', 'zip'], true), 'an archive of nothing').rejects.toMatchObject({ code: 'pdfa_not_possible' });
  });

  it('makes PDF/A without giving the PDF that was not asked for', async () => {
    const { files, refused } = await merge(['pdfa', 'zip'], false);
    expect(files.map(({ format, extension }) => [format, extension])).toEqual([
      ['pdfa', 'pdfa.pdf'],
      ['zip', 'zip'],
    ]);
    expect(refused).toEqual([]);
    expect(await namesIn(files[1]?.path ?? '')).toEqual(['b_ c.pdfa.pdf']);
  });

  it('puts every format into an archive that is asked for alone', async () => {
    const { files } = await merge(['zip'], true);
    expect(files.map(({ format }) => format)).toEqual(['zip']);
    expect(await namesIn(files[0]?.path ?? '')).toHaveLength(1 + EXPORT_FORMATS.length);
  });

  it('goes through the pages once for all that is written from them, and looks at those of the PDF alone', async () => {
    const { files } = await merge(['json', 'pdf', 'txt', 'hocr'], true);
    expect(files.map(({ format }) => format)).toEqual(['json', 'pdf', 'txt', 'hocr']);
    expect(passes).toEqual(['all', 'recognised', 'recognised']);
  });

  it('ends when one of the formats cannot be written', async () => {
    const outputDir = await mkdtemp(join(folder, 'results-'));
    await mkdir(join(outputDir, 'result.txt'));
    for (const formats of [
      ['json', 'txt'],
      ['pdf', 'txt'],
    ] as const)
      await expect(merge([...formats], true, { into: outputDir })).rejects.toMatchObject({ code: 'merge_failed' });
  });

  it.each(['fails', 'is stopped'])('stops writing the other formats when the PDF %s', async (how) => {
    const stop = new AbortController();
    let [given, ended] = [0, false];
    async function* endless() {
      try {
        for (; ; given++) {
          await new Promise(setImmediate);
          if (how === 'is stopped' && given === 50) stop.abort(new Error('enough'));
          yield storedPage(samplePage(given + 1, []));
        }
      } finally {
        ended = true;
      }
    }
    const merging = merge(['pdf', 'json'], true, {
      storedPages: endless,
      pageCount: how === 'fails' ? 2 : 1,
      signal: stop.signal,
    });
    await expect(merging).rejects.toMatchObject(how === 'fails' ? { code: 'verification_failed' } : { message: 'enough' });
    expect(ended).toBe(true);
    expect(given).toBeGreaterThan(0);
  });

  it('holds the same in the same order in an archive, whatever was done first', async () => {
    for (const formats of [
      ['zip', 'txt', 'pdf'],
      ['pdf', 'zip', 'txt'],
    ] as const) {
      const { files } = await merge([...formats], true);
      const held = formats.filter((format) => format !== 'zip');
      expect(files.map(({ format }) => format)).toEqual([...held, 'zip']);
      expect(await namesIn(files[2]?.path ?? '')).toEqual(held.map((format) => `b_ c.${format}`));
    }
  });

  it('gives a smaller PDF with the same layer when asked to optimise', async () => {
    const [plain, optimised] = [await merge(['pdf'], true), await merge(['pdf'], true, { optimize: true })];
    const size = async (path = '') => (await readFile(path)).length;
    expect(await size(optimised.files[0]?.path)).toBeLessThan(await size(plain.files[0]?.path));
  });
});
