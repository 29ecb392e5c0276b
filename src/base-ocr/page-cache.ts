import { createHash } from 'node:crypto';
import type { PageResult } from '../document/page-result.js';
import type { PreparedPage, PreprocessOptions } from '../document/preparation/preparation.types.js';
import { PREPARATION_VERSION } from '../document/preparation/prepare-page.js';
import type { OcrEngine } from './engines/ocr-engine.js';

/** What a page image was read as. */
export type CachedReading = Pick<PageResult, 'blocks' | 'orientation' | 'skew' | 'confidence' | 'dpi' | 'engine' | 'readings'>;

/** For whom a reading is kept. */
export interface CacheHolder {
  /** Nobody else's readings are given. */
  readonly tenant: string;
  /** The id of the task whose page it is. A reading is forgotten with the last task that used it. */
  readonly task: string;
}

/**
 * Remembers what page images were read as, for a while. What it gives back is what was kept under the same key. It may forget at any
 * time; when it fails, the page is read.
 */
export interface PageCache {
  /** The reading kept for the holder's tenant under the key, or null. From now on the holder's task uses it too. */
  find(holder: CacheHolder, key: string): Promise<CachedReading | null>;
  /** Keeps a reading. One that is there already is replaced. */
  keep(holder: CacheHolder, key: string, reading: CachedReading): Promise<void>;
}

/** DI token of {@link PageCache}. */
export const PAGE_CACHE = Symbol('PageCache');

/** An engine as far as its readings depend on it. */
export interface EngineTerms {
  readonly name: string;
  readonly version: string;
  /** See `OcrEngine.identity`. */
  readonly identity: string;
}

/** An engine that may read a page the first is unsure of. */
export interface StandIn {
  readonly engine: OcrEngine;
  /** How it reads; null when it cannot now: it is not ready, lacks the language, or does not say. It is passed over then. */
  readonly terms: EngineTerms | null;
}

/** Everything a reading depends on beside the image. */
export interface ReadingTerms {
  /** How the page's engine reads. */
  readonly engine: EngineTerms;
  /** The engines a second look may ask, in this order. */
  readonly standIns: readonly StandIn[];
  readonly language: string;
  readonly secondLook: boolean;
  /** Resolution asked for; 0: none. A second look goes by it, too. */
  readonly dpi: number;
  readonly preprocess: PreprocessOptions;
  /** Size of the page in points: boxes are told in them. */
  readonly width: number;
  readonly height: number;
}

/** How the engine reads the language now. @throws what the engine does when it cannot tell, for want of the language, say */
export async function engineTerms(engine: OcrEngine, language: string): Promise<EngineTerms> {
  const [{ version }, identity = ''] = await Promise.all([engine.status(), engine.identity?.(language)]);
  return { name: engine.name, version, identity };
}

/** Whether the engine can stand in on a page in the language now, and how it reads. Whatever is wrong with it is no fault of the page. */
export async function standInFor(engine: OcrEngine, language: string): Promise<StandIn> {
  const terms = async () => ((await engine.status()).ready ? engineTerms(engine, language) : null);
  return { engine, terms: await terms().catch(() => null) };
}

/** The key of a reading: SHA-256 in hexadecimal of the image, the terms and the version of the preparation. */
export function readingKey({ sha256, image }: PreparedPage, terms: ReadingTerms): string {
  const { engine, standIns, language, secondLook, dpi, preprocess, width, height } = terms;
  const asTold = ({ name, version, identity }: EngineTerms) => [name, version, identity];
  const read = [asTold(engine), ...standIns.map((each) => (each.terms === null ? [each.engine.name] : asTold(each.terms)))];
  const steps = Object.entries(preprocess).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [sha256, image.dpi, read, language, secondLook, dpi, steps, width, height, PREPARATION_VERSION];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
