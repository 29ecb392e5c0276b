import type { Writable } from 'node:stream';
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

/** A finished document as the exporters see it. */
export interface ResultDocument {
  readonly facts: DocumentFacts;
  /** The pages in rising page order, gone through once. */
  readonly pages: AsyncIterable<ExportPage>;
}

/** API name of a result format that is written from page results (the searchable PDF has a writer of its own). */
export type ExportFormat = 'txt' | 'json' | 'hocr' | 'alto' | 'tsv' | 'md';

/**
 * Writes a finished document in one format. One implementation per file, listed in `exporters.ts`.
 *
 * Contract: holds one page at a time, honours the output's back pressure, ends the output when done, and never
 * includes a failed page's text. Rejects with the error of the pages or of the output (which is then destroyed), or with the
 * signal's reason once aborted. Output is UTF-8.
 */
export interface Exporter {
  readonly format: ExportFormat;
  /** MIME type with its charset. */
  readonly contentType: string;
  /** File name extension without a dot. */
  readonly extension: string;
  write(document: ResultDocument, output: Writable, signal?: AbortSignal): Promise<void>;
}

/** True for a page without a result. */
export function isFailedPage(page: ExportPage): page is FailedPage {
  return 'code' in page;
}
