import type { Settings } from '../../config/settings.js';
import type { OcrEngine } from './ocr-engine.js';
import type { Tessdata } from './tessdata.js';

/** What an engine may use when it is made. */
export interface EngineContext {
  readonly settings: Settings;
  /** The language data of every engine built on tesseract. */
  readonly tessdata: Tessdata;
  /** Another registered engine, for engines that hand their pages on. */
  engine(name: string): OcrEngine;
}

/**
 * How an engine is made; every `*.engine.ts` exports one and `engines/index.ts` lists it. `create` is called once a
 * process, on first use, and starts nothing: workers, connections and look-ups wait for the first page or `status`.
 */
export interface EngineFactory {
  /** API name, the value of `ocr_provider`. */
  readonly name: string;
  create(context: EngineContext): OcrEngine;
}
