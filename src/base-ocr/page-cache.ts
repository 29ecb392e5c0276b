import { createHash } from 'node:crypto';
import type { PageResult } from '../document/page-result.js';
import type { PreparedPage } from '../document/preparation/preparation.types.js';
import { PREPARATION_VERSION } from '../document/preparation/prepare-page.js';

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

/** Everything a reading depends on beside the image. */
export interface ReadingTerms {
  readonly provider: string;
  readonly version: string;
  readonly language: string;
  readonly secondLook: boolean;
  /** Engines a second look may have asked. */
  readonly standIns: readonly string[];
  /** Size of the page in points: boxes are told in them. */
  readonly width: number;
  readonly height: number;
}

/** The key of a reading: SHA-256 in hexadecimal of the image, the terms and the version of the preparation. */
export function readingKey({ sha256, image }: PreparedPage, terms: ReadingTerms): string {
  const { provider, version, language, secondLook, standIns, width, height } = terms;
  const parts = [sha256, image.dpi, provider, version, language, secondLook, standIns, width, height, PREPARATION_VERSION];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
