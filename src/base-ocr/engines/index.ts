import type { EngineFactory } from './engine-factory.js';
import { tesseractCli } from './tesseract-cli.engine.js';
import { tesseractJs } from './tesseract-js.engine.js';
import { tesseract } from './tesseract.engine.js';

/** Every engine there is: one line each. The values of `ocr_provider` are their names. */
export const ENGINES: readonly EngineFactory[] = [tesseract, tesseractJs, tesseractCli];
