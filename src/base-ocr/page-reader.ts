import type { DocumentService } from '../document/document.service.js';
import { isBlank } from '../document/blank.js';
import type { GrayImage, PageContent, PdfFile } from '../document/document.types.js';
import { meanConfidence, type EngineStamp, type PageResult } from '../document/page-result.js';
import type { EngineBlock, OcrEngine } from './engines/ocr-engine.js';
import { findTurn } from './orientation.js';
import { keepsOwnText, type ReadMode } from './own-text.js';
import { toPageBlocks } from './page-mapping.js';
import { turnImage } from './turned-image.js';

/** One page to read. */
export interface ReadPageRequest {
  readonly pdf: PdfFile;
  /** 1-based. */
  readonly page: number;
  readonly mode: ReadMode;
  readonly language: string;
  /** API name of the engine. */
  readonly provider: string;
  /** Resolution to draw the page at; 0 or absent: what suits it. */
  readonly dpi?: number;
  /** Aborting it stops the work, the engine's too, within a second. */
  readonly signal: AbortSignal;
}

/** Takes one page through the pipeline: its own text, else drawn, checked for blankness, set upright and read by the engine. */
export async function readThroughPipeline(
  documents: DocumentService,
  engine: OcrEngine,
  request: ReadPageRequest,
): Promise<PageResult> {
  const started = performance.now();
  const { pdf, page, mode, signal } = request;
  const content = await documents.content(pdf, page, signal);
  const { width, height, rotation } = content;
  const result = (found: Pick<PageResult, 'source' | 'blocks'> & Partial<PageResult>): PageResult => ({
    page,
    width,
    height,
    rotation,
    orientation: 0,
    skew: 0,
    confidence: null,
    dpi: null,
    engine: null,
    ...found,
    duration_ms: Math.round(performance.now() - started),
  });

  if (keepsOwnText(content, mode)) {
    return result({ source: 'kept', blocks: await documents.readText(pdf, page, { signal }) });
  }
  const image = await documents.render(pdf, page, { dpi: documents.chooseDpi(content, request.dpi ?? 0), signal });
  if (isBlank(image)) return result({ source: 'blank', blocks: [], dpi: image.dpi });
  return result({ source: 'recognised', dpi: image.dpi, ...(await recognise(engine, image, content, request)) });
}

async function recognise(
  engine: OcrEngine,
  image: GrayImage,
  { width, height }: PageContent,
  { language, signal }: ReadPageRequest,
): Promise<Pick<PageResult, 'blocks' | 'orientation' | 'confidence' | 'engine'>> {
  const read = async (part: GrayImage): Promise<readonly EngineBlock[]> =>
    (await engine.recognise({ image: part, language, signal })).blocks;

  const asItStands = await read(image);
  const turn = await findTurn(image, asItStands, read);
  const found = turn === 0 ? asItStands : await read(turnImage(image, turn));
  const blocks = toPageBlocks(found, { image, turn, width, height });
  return { blocks, orientation: turn, confidence: meanConfidence(blocks), engine: await stampOf(engine, language) };
}

async function stampOf(engine: OcrEngine, language: string): Promise<EngineStamp> {
  return { provider: engine.name, version: (await engine.status()).version, language };
}
