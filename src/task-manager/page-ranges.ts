import { OcrError } from '../errors/ocr-error.js';
import type { TaskOptions } from './task.types.js';

/** Chunks a document is cut into at least, before they get longer for its text's sake: there is something for several to do. */
const SHARED_AMONG = 4;

/** The form of the `pages` option: `1-3,5,9-`. */
export const PAGE_RANGES = /^\s*\d+\s*(-\s*\d*\s*)?(,\s*\d+\s*(-\s*\d*\s*)?)*$/;

/**
 * The pages a task treats, ascending and without doubles.
 * @param ranges the caller's `pages` option; undefined selects all
 * @throws OcrError page_out_of_range naming the document's page count
 */
export function selectPages(ranges: string | undefined, pageCount: number): number[] {
  if (ranges === undefined) return Array.from({ length: pageCount }, (_, index) => index + 1);
  const selected = new Set<number>();
  for (const range of ranges.split(',')) {
    const [first, last] = range.split('-').map((part) => part.trim());
    const from = Number(first);
    const to = last === undefined ? from : last === '' ? pageCount : Number(last);
    if (from < 1 || to < from || to > pageCount) {
      throw new OcrError('page_out_of_range', {
        detail: `Pages ${range.trim()} were asked for, but the document has ${pageCount}.`,
      });
    }
    for (let page = from; page <= to; page++) selected.add(page);
  }
  return [...selected].sort((a, b) => a - b);
}

/**
 * Most pages in a chunk of a document. A page that carries its text takes a hundredth of the time of one that is read; what a chunk costs by itself
 * would then be most of it.
 */
export function chunkLength(
  { chunk_size, text_chunk_size = chunk_size }: Pick<TaskOptions, 'chunk_size' | 'text_chunk_size'>,
  pages: number,
  carriesText: boolean,
): number {
  return carriesText ? Math.max(chunk_size, Math.min(text_chunk_size, Math.ceil(pages / SHARED_AMONG))) : chunk_size;
}

/** Cuts the selected pages into chunks of at most `chunkSize`. A chunk covers the selected pages between its first and last. */
export function cutIntoChunks(pages: readonly number[], chunkSize: number): { first: number; last: number; count: number }[] {
  const chunks = [];
  for (let start = 0; start < pages.length; start += chunkSize) {
    const slice = pages.slice(start, start + chunkSize);
    chunks.push({ first: slice[0]!, last: slice[slice.length - 1]!, count: slice.length });
  }
  return chunks;
}
