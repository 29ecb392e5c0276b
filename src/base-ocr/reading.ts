import { meanConfidence, type PageBlock, type PageReading } from '../document/page-result.js';
import type { PreparationManner, PreparationRequest, PreparedPage } from '../document/preparation/preparation.types.js';
import type { GrayImage } from '../document/document.types.js';
import type { EngineBlock, OcrEngine, Segmentation } from './engines/ocr-engine.js';
import { trueDpi, turnPrepared } from '../document/preparation/turned-image.js';
import { findTurn, turnOfSample } from './orientation.js';
import { toPageBlocks } from './page-mapping.js';
import { readingScore } from './reading-score.js';

/** What reading a page takes. */
export interface ReadingTools {
  /** Draws and prepares the page. */
  prepare(request: Pick<PreparationRequest, 'manner' | 'turn'>): Promise<PreparedPage>;
  /** Has the engine read an image. */
  read(image: GrayImage, how?: ReadingManner): Promise<readonly EngineBlock[]>;
  /** Size of the page in points. */
  readonly width: number;
  readonly height: number;
}

/** How an image is read; empty: by the page's engine, as it usually does. */
export interface ReadingManner {
  readonly segmentation?: Segmentation;
  /** Another engine that reads it. */
  readonly standIn?: OcrEngine;
}

/** A page image read once. */
export interface Reading {
  readonly manner: PreparationManner;
  readonly how: ReadingManner;
  readonly page: PreparedPage;
  readonly blocks: PageBlock[];
  readonly confidence: number | null;
  /** How much was read how surely: see {@link readingScore}. */
  readonly score: number;
  readonly durationMs: number;
}

/** Reads a prepared page, set upright first when it stands otherwise. */
export async function readUpright(prepared: PreparedPage, tools: ReadingTools): Promise<Reading> {
  const started = performance.now();
  const shown = prepared.likelyTurn === 0 ? null : await turnOfSample(prepared, tools.read);
  const asItStands = shown === null || shown === 0 ? await tools.read(prepared.image) : null;
  const turn = shown ?? (await findTurn(prepared, asItStands ?? [], tools.read));
  if (asItStands !== null && turn === 0) return asReading('usual', prepared, asItStands, tools, started);
  const page = turnPrepared(prepared, turn);
  return asReading('usual', page, await tools.read(page.image), tools, started);
}

/** Reads a page that was prepared in this manner. */
export async function readPrepared(
  manner: PreparationManner,
  page: PreparedPage,
  tools: ReadingTools,
  started: number,
): Promise<Reading> {
  return asReading(manner, page, await tools.read(page.image), tools, started);
}

/** Reads a page's image once more, in another way. */
export async function readOtherwise({ manner, page }: Reading, how: ReadingManner, tools: ReadingTools): Promise<Reading> {
  const started = performance.now();
  return asReading(manner, page, await tools.read(page.image, how), tools, started, how);
}

/** How a reading is told of in the result. */
export function describeReading({ how, page, confidence, durationMs }: Reading, engine: string, kept: boolean): PageReading {
  const preparation = [
    `${Math.round(trueDpi(page))} dpi`,
    ...page.steps,
    ...(how.segmentation === 'scattered' ? ['as scattered text'] : []),
  ].join(', ');
  const provider = how.standIn?.name ?? engine;
  return { provider, preparation, confidence, kept, duration_ms: Math.round(durationMs) };
}

function asReading(
  manner: PreparationManner,
  page: PreparedPage,
  found: readonly EngineBlock[],
  { width, height }: ReadingTools,
  started: number,
  how: ReadingManner = {},
): Reading {
  const blocks = toPageBlocks(found, { origin: page.origin, width, height });
  const durationMs = performance.now() - started;
  return { manner, how, page, blocks, confidence: meanConfidence(blocks), score: readingScore(found), durationMs };
}
