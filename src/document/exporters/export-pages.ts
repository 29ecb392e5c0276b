import { OcrError } from '../../errors/ocr-error.js';
import type { PageResult } from '../page-result.js';
import { joinUtf8 } from '../utf8.js';
import {
  isFailedPage,
  type ExportFormat,
  type Exporter,
  type ExportPage,
  type FailedPage,
  type StoredPages,
} from './exporter.js';
import { EXPORTERS } from './exporters.js';

/** Pages that follow one another in a document, and what they are to be written in. */
export interface ExportOrder {
  readonly formats: readonly ExportFormat[];
  readonly pages: readonly (StoredPages | FailedPage)[];
}

/** The pages' pieces in each format, in the order's order, joined, in UTF-8; null when none of the pages has a place in it. */
export type ExportedPages = readonly (Uint8Array | null)[];

/**
 * The pages in all the formats: each is unpacked once.
 * @throws OcrError storage_failed when a page is not in its file; SyntaxError when that is no JSON
 */
export function exportPages({ formats, pages }: ExportOrder): ExportedPages {
  const written = formats.map((format) => ({ exporter: EXPORTERS[format], pieces: [] as string[] }));
  for (const stored of pages)
    for (const page of isFailedPage(stored) ? [stored] : resultsIn(stored))
      for (const { exporter, pieces } of written) addPiece(exporter, page, pieces);
  return written.map(({ exporter, pieces }) => {
    if (pieces.length === 0) return null;
    return joinUtf8(pieces.flatMap((piece, at) => (at === 0 ? piece : [exporter.separator, piece]))).bytes;
  });
}

/** The result of one of the pages a file holds. @throws OcrError storage_failed when it is not there */
export function resultOf(page: number, held: readonly PageResult[]): PageResult {
  const result = held.length === 1 ? held[0] : held.find((each) => each.page === page);
  if (result !== undefined) return result;
  throw new OcrError('storage_failed', { page, detail: `The result of page ${page} is not where it was put.` });
}

/** What a file of results holds. @throws SyntaxError */
export function parseResults(json: Uint8Array): readonly PageResult[] {
  const found = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8')) as
    PageResult | PageResult[];
  return Array.isArray(found) ? found : [found];
}

function resultsIn({ json, pages }: StoredPages): ExportPage[] {
  const held = parseResults(json);
  return pages.map((page) => (typeof page === 'number' ? resultOf(page, held) : page));
}

function addPiece(exporter: Exporter, page: ExportPage, pieces: string[]): void {
  const piece = exporter.page(page);
  if (piece !== null) pieces.push(piece);
}
