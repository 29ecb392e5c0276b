import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseOcr } from '../../src/base-ocr/base-ocr.js';
import { EngineRegistry } from '../../src/base-ocr/engine-registry.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { DocumentService } from '../../src/document/document.service.js';
import type { ExportPage } from '../../src/document/exporters/exporter.js';
import { OcrError } from '../../src/errors/ocr-error.js';
import { FORMATS } from '../../src/task-manager/task.types.js';
import { fewWords } from './few-words-engine.js';
import { pagesToMerge } from '../support/stored-pages.js';

/** Seconds a page may take before it is given up. */
const PAGE_TIMEOUT = 15;
/** Pages of a document that are read, half from its beginning and half from its end. */
const PAGES_READ = 2;
/** Pixels to the inch: few, as nothing is read from them. */
const READ_AT = 72;

/** What came of a document: `done`, or the code of the error it ended with. */
export interface Outcome {
  result: string;
  failedPages: number;
  ms: number;
}

/** Takes documents the whole way, as a node does, with an engine that costs nothing: prepare, read some pages, merge into every format. */
export class Mill {
  private readonly settings;
  private readonly documents;
  private readonly ocr;
  private count = 0;

  private constructor(private readonly folder: string) {
    this.settings = loadSettings(
      { data_dir: folder, ocr_slots: 2, page_timeout: PAGE_TIMEOUT, default_provider: 'few_words', max_page_pixels: 50_000_000 },
      {},
      folder,
    );
    this.documents = new DocumentService(this.settings);
    this.ocr = new BaseOcr(this.settings, this.documents, new EngineRegistry(this.settings, [fewWords]));
  }

  static async start(): Promise<Mill> {
    return new Mill(await mkdtemp(join(tmpdir(), 'robustness-')));
  }

  async close(): Promise<void> {
    await this.ocr.onModuleDestroy();
    await this.documents.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Never rejects for what is in the document.
   * @throws whatever is thrown that is no OcrError, and when it took longer than `seconds`
   */
  async take(document: Buffer, seconds: number): Promise<Outcome> {
    const started = performance.now();
    const place = join(this.folder, String(++this.count));
    const sourcePath = join(place, 'source');
    const failed: string[] = [];
    let result = 'done';
    try {
      await mkdir(place);
      await writeFile(sourcePath, document);
      await this.process(sourcePath, place, failed, AbortSignal.timeout(seconds * 1000));
    } catch (error) {
      if (!(error instanceof OcrError)) throw error;
      result = error.code;
    } finally {
      await rm(place, { recursive: true, force: true });
    }
    return { result, failedPages: failed.length, ms: performance.now() - started };
  }

  private async process(sourcePath: string, place: string, failed: string[], signal: AbortSignal): Promise<void> {
    const pdfPath = join(place, 'image.pdf');
    const { converted, pageCount } = await this.ocr.prepare({ sourcePath, pdfPath, mode: 'force', signal });
    const pdf = { path: converted ? pdfPath : sourcePath };
    const first = Array.from({ length: pageCount }, (_, i) => i + 1);
    const chosen = first.filter((page) => page <= PAGES_READ / 2 || page > pageCount - PAGES_READ / 2);
    const pages: ExportPage[] = [];
    for (const page of chosen) {
      const request = { pdf, page, mode: 'force', language: 'eng', provider: 'few_words', dpi: READ_AT, signal } as const;
      const read = await this.ocr.readPage(request).catch((error: unknown): ExportPage => {
        if (!(error instanceof OcrError)) throw error;
        failed.push(error.code);
        return { page, code: error.code, phase: error.phase, message: error.message };
      });
      pages.push(read);
    }
    const facts = {
      name: 'document',
      page_count: pageCount,
      language: 'eng',
      ocr_provider: 'few_words',
      created_at: '2026-01-01T00:00:00.000Z',
      options: {},
    };
    await this.ocr.merge({
      pdf,
      facts,
      ...pagesToMerge(...pages),
      formats: FORMATS,
      mode: 'force',
      optimize: true,
      outputDir: place,
      signal,
    });
  }
}
