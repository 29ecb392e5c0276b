import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { degrees, PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentPath } from '../../test/engines/images.js';
import { pagesToMerge } from '../../test/support/stored-pages.js';
import { loadSettings } from '../config/load-settings.js';
import { OcrError } from '../errors/ocr-error.js';
import { DocumentService } from '../document/document.service.js';
import { textOf, wordsOf, type PageResult } from '../document/page-result.js';
import { BaseOcr } from './base-ocr.js';
import { EngineRegistry } from './engine-registry.js';
import type { EngineFactory } from './engines/engine-factory.js';
import { ENGINES } from './engines/index.js';
import type { OcrEngine } from './engines/ocr-engine.js';
import type { ReadMode } from './own-text.js';

const folder = mkdtempSync(join(tmpdir(), 'base-ocr-'));
const never = new AbortController().signal;

/** Counts the pages that reach it, and cannot be reached itself. */
class AwayEngine implements OcrEngine {
  readonly name = 'away';
  calls = 0;
  status() {
    return Promise.resolve({ name: this.name, ready: true, version: '1', languages: [], slots: 2 });
  }
  recognise() {
    this.calls += 1;
    return Promise.reject(new OcrError('engine_unavailable'));
  }
  close() {
    return Promise.resolve();
  }
}
const awayEngine = new AwayEngine();
const away: EngineFactory = { name: 'away', create: () => awayEngine };

/** Counts the pages that reach an engine, and never answers. */
class StuckEngine implements OcrEngine {
  readonly name = 'stuck';
  calls = 0;
  status() {
    return Promise.resolve({ name: this.name, ready: true, version: '1', languages: [], slots: 2 });
  }
  recognise({ signal }: { signal: AbortSignal }) {
    this.calls += 1;
    return new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  }
  close() {
    return Promise.resolve();
  }
}
const stuckEngine = new StuckEngine();
const stuck: EngineFactory = { name: 'stuck', create: () => stuckEngine };

describe('the page pipeline', () => {
  const settings = loadSettings({ data_dir: folder, ocr_slots: 2, page_timeout: 20 }, {}, folder);
  const documents = new DocumentService(settings);
  const ocr = new BaseOcr(settings, documents, new EngineRegistry(settings, [...ENGINES, stuck, away]));
  const truth = wordsIn(readFileSync(documentPath('phototest.txt'), 'utf8'));

  const read = (
    path: string,
    page: number,
    options: { mode?: ReadMode; provider?: string; fallback?: string[]; signal?: AbortSignal; dpi?: number } = {},
  ) =>
    ocr.readPage({
      pdf: { path },
      page,
      mode: 'skip_text',
      language: 'eng',
      provider: 'tesseract_js',
      signal: never,
      ...options,
    });
  const prepared = async (name: string): Promise<string> => {
    const pdfPath = join(folder, `${name}.pdf`);
    const { kind, converted, pageCount } = await ocr.prepare({ sourcePath: documentPath(name), pdfPath, mode: 'skip_text' });
    expect({ converted, pageCount }).toEqual({ converted: kind !== 'pdf', pageCount: 1 });
    return pdfPath;
  };

  beforeAll(() => ocr.onModuleInit());
  afterAll(async () => {
    await ocr.onModuleDestroy();
    await documents.close();
    rmSync(folder, { recursive: true });
  });

  it('reads an image word for word', async () => {
    const result = await read(await prepared('phototest.tif'), 1);
    expect(wordsIn(textOf(result))).toEqual(truth);
    expect(result).toMatchObject({
      page: 1,
      source: 'recognised',
      orientation: 0,
      engine: { provider: 'tesseract_js', language: 'eng' },
    });
    expect(result.confidence).toBeGreaterThan(90);
    expect(inPage(result)).toBe(true);
  });

  it.each([
    ['phototest-rotated-180.png', 180, 180],
    ['phototest-rotated-L.png', 90, 270],
  ] as const)('sets %s upright', async (name, turn, angle) => {
    const upright = await read(await prepared('phototest.tif'), 1);
    const result = await read(await prepared(name), 1);
    expect(wordsIn(textOf(result))).toEqual(truth);
    expect(result.orientation).toBe(turn);
    expect(result.blocks[0]?.paragraphs[0]?.lines[0]?.angle).toBe(angle);
    expect(inPage(result)).toBe(true);
    // The first word stands at the top left of the upright page, and where that corner went on the turned one.
    const [first] = wordsOf(upright);
    const [turned] = wordsOf(result);
    if (first === undefined || turned === undefined) throw new Error('no words');
    const scale = Math.max(result.width, result.height) / Math.max(upright.width, upright.height);
    const fromLeft = turn === 180 ? result.width - turned.box.x1 : turned.box.y1;
    const expectedLeft = turn === 180 ? first.box.x0 * scale : result.height - first.box.x0 * scale;
    expect(Math.abs(fromLeft - expectedLeft)).toBeLessThan(4);
  });

  it('leaves a chart as it stands, whatever its axes and bars look like', async () => {
    const result = await read(documentPath('multipage.pdf'), 3, { mode: 'force' });
    expect(result.orientation).toBe(0);
    // The line of the legend may be read as dashes before its word.
    expect(textOf(result)).toMatch(/\bSupport\b/);
    expect(wordsIn(textOf(result))).toContain('400');
  });

  it('keeps the text of a digital page, and calls no engine', async () => {
    const calls = stuckEngine.calls;
    const result = await read(documentPath('irm-400p.pdf'), 3, { provider: 'stuck' });
    expect(result).toMatchObject({ source: 'kept', engine: null, confidence: null, dpi: null });
    expect(textOf(result).length).toBeGreaterThan(200);
    expect(stuckEngine.calls).toBe(calls);
  });

  it('reads even a digital page when forced to', async () => {
    const path = documentPath('irm-400p.pdf');
    const [forced, kept] = await Promise.all([read(path, 3, { mode: 'force' }), read(path, 3)]);
    expect(forced.source).toBe('recognised');
    const words = new Set([...wordsOf(kept)].map((word) => word.text));
    const found = [...wordsOf(forced)].filter((word) => words.has(word.text)).length;
    expect(found / words.size).toBeGreaterThan(0.8);
  });

  it('ends a page that takes too long, or is aborted, and names it', async () => {
    const path = documentPath('multipage.pdf');
    const hasty = new BaseOcr({ ...settings, page_timeout: 1 }, documents, new EngineRegistry(settings, [stuck]));
    const timeout = hasty.readPage({
      pdf: { path },
      page: 2,
      mode: 'skip_text',
      language: 'eng',
      provider: 'stuck',
      signal: never,
    });
    await expect(timeout).rejects.toMatchObject({ code: 'page_timeout', page: 2, retryable: true });

    const abort = new AbortController();
    const aborted = read(path, 2, { provider: 'stuck', signal: abort.signal }).catch((error: unknown) => error);
    abort.abort(new Error('paused'));
    expect(await aborted).toBe(abort.signal.reason);
  });

  it('has another provider read the pages of one that is down, and tells which; after a while the first is left alone', async () => {
    const path = await prepared('phototest.tif');
    const before = awayEngine.calls;
    for (let i = 0; i < 6; i++) {
      const result = await read(path, 1, { provider: 'away', fallback: ['http', 'tesseract_js'] });
      expect(result.engine).toMatchObject({ provider: 'tesseract_js', language: 'eng' });
      expect(wordsIn(textOf(result))).toEqual(truth);
    }
    expect(awayEngine.calls - before).toBe(5);
    await expect(read(path, 1, { provider: 'away' })).rejects.toMatchObject({
      code: 'engine_unavailable',
      retryable: true,
      page: 1,
    });
    // What needs no engine is done all the same.
    expect(await read(documentPath('irm-400p.pdf'), 3, { provider: 'away' })).toMatchObject({ source: 'kept', engine: null });
    expect(awayEngine.calls - before).toBe(5);
  });

  it('names the page that cannot be read', async () => {
    await expect(read(documentPath('multipage.pdf'), 99)).rejects.toMatchObject({ code: 'page_out_of_range', page: 99 });
    await expect(read(documentPath('multipage.pdf'), 1, { provider: 'abbyy' })).rejects.toMatchObject({
      code: 'provider_not_available',
    });
  });

  it.each([
    ['irm-400p.pdf', 'skip_text', true],
    ['irm-400p.pdf', 'force', false],
    ['multipage.pdf', 'skip_text', false],
  ] as const)('sees by a sample of its pages whether %s carries its text (%s)', async (name, mode, carriesText) => {
    const sourcePath = documentPath(name);
    expect(await ocr.prepare({ sourcePath, pdfPath: join(folder, 'none.pdf'), mode })).toMatchObject({ carriesText });
  });

  it.each([
    ['its last page', 30, false],
    ['none of those looked at', 29, true],
  ])('takes a document to carry its text unless there is a scan at %s', async (_, scanAt, carriesText) => {
    const [manual, scans] = await Promise.all(
      ['irm-400p.pdf', 'multipage.pdf'].map(async (name) => PDFDocument.load(readFileSync(documentPath(name)))),
    );
    const mixed = await PDFDocument.create();
    for (let page = 1; page <= 30; page++) {
      const [source, index] = page === scanAt ? [scans!, 0] : [manual!, 100 + page];
      mixed.addPage((await mixed.copyPages(source, [index]))[0]);
    }
    const sourcePath = join(folder, `mixed-${scanAt}.pdf`);
    writeFileSync(sourcePath, await mixed.save());
    const pdfPath = join(folder, 'none.pdf');
    expect(await ocr.prepare({ sourcePath, pdfPath, mode: 'skip_text' })).toMatchObject({ pageCount: 30, carriesText });
  });

  it('says why a document cannot be prepared', async () => {
    const pdfPath = join(folder, 'nothing.pdf');
    await expect(ocr.prepare({ sourcePath: documentPath('password.pdf'), pdfPath, mode: 'skip_text' })).rejects.toMatchObject({
      code: 'password_required',
    });
    await expect(ocr.prepare({ sourcePath: documentPath('phototest.txt'), pdfPath, mode: 'skip_text' })).rejects.toMatchObject({
      code: 'unsupported_document',
    });
  });

  it('merges what was read into every format, failed pages named', async () => {
    const pdf = { path: await prepared('phototest.tif') };
    const good = await read(pdf.path, 1);
    const failed = { page: 2, code: 'page_timeout', phase: 'recognise', message: 'too slow' } as const;
    const facts = {
      name: 'phototest.tif',
      page_count: 1,
      language: 'eng',
      ocr_provider: 'tesseract_js',
      created_at: '2026-01-01T00:00:00.000Z',
      options: {},
    };
    const request = { pdf, facts, mode: 'skip_text', outputDir: join(folder, 'merged'), signal: never } as const;
    const { files } = await ocr.merge({ ...request, ...pagesToMerge(good, failed), formats: ['pdf', 'txt', 'json'] });
    expect(files.map((file) => [file.format, file.extension])).toEqual([
      ['pdf', 'pdf'],
      ['txt', 'txt'],
      ['json', 'json'],
    ]);
    const [merged, text, json] = files.map((file) => file.path) as [string, string, string];
    expect(wordsIn(readFileSync(text, 'utf8'))).toEqual(truth);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ failed_pages: [failed] });
    const layer = await documents.readText({ path: merged }, 1, { invisibleOnly: true });
    expect([...wordsOf({ blocks: layer })].map((word) => word.text)).toEqual(truth);

    // Words read on top of each other cannot be told apart again: the page is told, and everything delivered.
    const [word] = wordsOf(good);
    const lines = [{ box: word!.box, words: [word!] }];
    const blocks = Array.from({ length: 20 }, () => ({ box: word!.box, paragraphs: [{ box: word!.box, lines }] }));
    const doubtful = await ocr.merge({ ...request, ...pagesToMerge({ ...good, blocks }), formats: ['pdf', 'txt'] });
    expect(doubtful.files).toHaveLength(2);
    expect(doubtful.doubt).toMatchObject({ code: 'verification_failed', page: 1 });

    // A result whose pages are not those of the document does not pass.
    const wrong = ocr.merge({ ...request, facts: { ...facts, page_count: 2 }, ...pagesToMerge(good), formats: ['pdf'] });
    await expect(wrong).rejects.toMatchObject({ code: 'verification_failed' });
  });

  it.each([0, 90])('sets a crooked page straight in the PDF when asked, its text with it (/Rotate %i)', async (rotation) => {
    const plain = await PDFDocument.load(readFileSync(await prepared('phototest.tif')));
    const pdf = await PDFDocument.create();
    const [scan] = await pdf.embedPages(plain.getPages());
    // Leans clockwise by three degrees, as displayed.
    const rotate = degrees(rotation - 3);
    const sheet = pdf.addPage(
      [scan!.width + 60, scan!.height + 60].sort((a, b) => (rotation === 0 ? b - a : a - b)) as [number, number],
    );
    sheet.setRotation(degrees(rotation));
    sheet.drawPage(scan!, rotation === 0 ? { x: 25, y: 35, rotate } : { x: scan!.height + 25, y: 25, rotate });
    const path = join(folder, `crooked-${rotation}.pdf`);
    writeFileSync(path, await pdf.save());

    const crooked = await read(path, 1);
    expect(crooked.skew).toBeCloseTo(3, 0);
    const merge = async (deskew: boolean) => {
      const facts = {
        name: 'crooked.pdf',
        page_count: 1,
        language: 'eng',
        ocr_provider: 'tesseract_js',
        created_at: '',
        options: {},
      };
      const outputDir = join(folder, `crooked-${rotation}-${deskew}`);
      const request = {
        pdf: { path },
        facts,
        ...pagesToMerge(crooked),
        mode: 'skip_text',
        deskew,
        outputDir,
        signal: never,
      } as const;
      const { files, doubt } = await ocr.merge({ ...request, formats: ['pdf'] });
      expect(doubt).toBeUndefined();
      return files[0]!.path;
    };
    expect((await read(await merge(false), 1, { mode: 'force' })).skew).toBeCloseTo(3, 0);
    const straight = await merge(true);
    const again = await read(straight, 1, { mode: 'force' });
    expect(Math.abs(again.skew)).toBeLessThan(0.3);
    expect([...wordsOf(again)].map((word) => word.text)).toEqual(truth);
    // The words of the layer lie on what is seen.
    const layer = [...wordsOf({ blocks: await documents.readText({ path: straight }, 1, { invisibleOnly: true }) })];
    expect(layer.map((word) => word.text)).toEqual(truth);
    const seen = [...wordsOf(again)];
    for (const [n, { box }] of layer.entries()) {
      const middle = (box.y0 + box.y1) / 2;
      expect(middle, seen[n]!.text).toBeGreaterThan(seen[n]!.box.y0 - 2);
      expect(middle, seen[n]!.text).toBeLessThan(seen[n]!.box.y1 + 2);
    }
  });
});

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function inPage(result: PageResult): boolean {
  return [...wordsOf(result)].every(
    ({ box }) =>
      box.x0 >= 0 && box.y0 >= 0 && box.x1 <= result.width && box.y1 <= result.height && box.x0 < box.x1 && box.y0 < box.y1,
  );
}
