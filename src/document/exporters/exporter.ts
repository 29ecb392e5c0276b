import type { ErrorCode, ErrorPhase } from '../../errors/error-codes.js';
import type { PageResult } from '../page-result.js';

/** A page that has no result, and why. */
export interface FailedPage {
  /** 1-based page number in the source document. */
  page: number;
  code: ErrorCode;
  phase: ErrorPhase;
  message: string;
}

/** One page of a finished document: its result, or why there is none. */
export type ExportPage = PageResult | FailedPage;

/** What is known of the document as a whole. */
export interface DocumentFacts {
  task_id?: string;
  /** The document's own name, without folders. */
  name: string;
  /** Pages of the source document (the result may hold fewer when pages were selected). */
  page_count: number;
  /** In tesseract's form, e.g. `fra`, `eng+fra`. */
  language: string;
  ocr_provider: string;
  /** ISO 8601, UTC. */
  created_at: string;
  /** The caller's options, free of secrets: no password is ever among them. */
  options: Readonly<Record<string, unknown>>;
}

/** Pages as the store keeps them: a file's JSON, a {@link PageResult} or an array of them. */
export interface StoredPages {
  readonly json: Uint8Array;
  /** Which of its pages are meant, 1-based, in rising order; among them those that failed. */
  readonly pages: readonly (number | FailedPage)[];
}

/** API name of a result format that is written from page results (the searchable PDF has a writer of its own). */
export type ExportFormat = 'txt' | 'json' | 'hocr' | 'alto' | 'tsv' | 'md';

/**
 * Writes finished documents in one format. One implementation per file, listed in `exporters.ts`.
 *
 * Contract: a result is the head, the pages' pieces in rising page order with the separator between them, and the tail. A page's piece depends
 * on that page alone, so pages can be written in any order, in any thread; it never includes a failed page's text. Results are UTF-8.
 */
export interface Exporter {
  readonly format: ExportFormat;
  /** MIME type with its charset. */
  readonly contentType: string;
  /** File name extension without a dot. */
  readonly extension: string;
  /** What stands between two pieces. */
  readonly separator: string;
  /** What stands before all pages. */
  head(facts: DocumentFacts): string;
  /** The page's piece; null when it has no place in this format. */
  page(page: ExportPage): string | null;
  /** What stands behind all pages. @param failed those without a result */
  tail(failed: readonly FailedPage[]): string;
}

/** True for a page without a result. */
export function isFailedPage(page: ExportPage | StoredPages): page is FailedPage {
  return 'code' in page;
}
