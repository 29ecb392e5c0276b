import { azureDocumentIntelligence } from './azure-document-intelligence.engine.js';
import { documentAi } from './document-ai.engine.js';
import type { EngineFactory } from './engine-factory.js';
import { http } from './http.engine.js';
import { openaiVision } from './openai-vision.engine.js';
import { tesseractCli } from './tesseract-cli.engine.js';
import { tesseractJs } from './tesseract-js.engine.js';
import { tesseract } from './tesseract.engine.js';
import { textract } from './textract.engine.js';

/** Every engine there is: one line each. The values of `ocr_provider` are their names. */
export const ENGINES: readonly EngineFactory[] = [
  tesseract,
  tesseractJs,
  tesseractCli,
  documentAi,
  textract,
  azureDocumentIntelligence,
  http,
  openaiVision,
];
