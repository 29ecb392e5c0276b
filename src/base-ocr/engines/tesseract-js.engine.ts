import { createRequire } from 'node:module';
import type { EngineFactory } from './engine-factory.js';
import type { EngineStatus, OcrEngine, RecogniseRequest, RecogniseResponse } from './ocr-engine.js';
import type { Tessdata } from './tessdata.js';
import { compileTesseractCore } from './tesseract-js.core.js';
import { TesseractThread } from './tesseract-js.thread.js';
import { poolLimits, TesseractPool, type PoolLimits } from './tesseract-pool.js';

const { version } = createRequire(import.meta.url)('tesseract.js/package.json') as { version: string };

/** The embedded tesseract: tesseract.js (WASM) on a pool of threads, which keep their language until another is asked for. */
export class TesseractJsEngine implements OcrEngine {
  readonly name = 'tesseract_js';
  readonly segments = true;
  private readonly pool: TesseractPool;

  constructor(
    private readonly tessdata: Tessdata,
    private readonly limits: PoolLimits,
  ) {
    this.pool = new TesseractPool(tessdata, limits, async (terms) => {
      return new TesseractThread(await compileTesseractCore(), tessdata.folder, terms);
    });
  }

  async status(): Promise<EngineStatus> {
    const languages = await this.tessdata.languages();
    return { name: this.name, ready: this.pool.open, version, languages, slots: this.limits.slots };
  }

  identity(language: string): Promise<string> {
    return this.pool.identity(language);
  }

  async recognise(request: RecogniseRequest): Promise<RecogniseResponse> {
    return { blocks: await this.pool.recognise(request) };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

export const tesseractJs: EngineFactory = {
  name: 'tesseract_js',
  create: ({ settings, tessdata }) => new TesseractJsEngine(tessdata, poolLimits(settings)),
};
