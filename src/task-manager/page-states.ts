import type { StoredError } from '../errors/ocr-error.js';
import { selectPages } from './page-ranges.js';

/** A row of the `ocr_pages_of_task` statement. */
export interface FinishedPage {
  page: number;
  state: 'done' | 'failed';
  source: 'recognised' | 'kept' | 'blank' | null;
  /** 0..100, null without recognised words. */
  confidence: number | null;
  words: number;
  duration_ms: number;
  provider: string | null;
  attempt: number;
  error: StoredError | null;
}

export const PAGE_STATES = ['waiting', 'running', 'done', 'failed', 'not_selected'] as const;

/**
 * How a page stands. `running`: its chunk is being worked on, and it is not finished. `not_selected`: the task leaves it as it
 * is. What is known only of finished pages is null for the others.
 */
export interface PageState extends Pick<FinishedPage, 'page' | 'source' | 'confidence' | 'provider' | 'error'> {
  state: (typeof PAGE_STATES)[number];
  words: number | null;
  duration_ms: number | null;
  attempt: number | null;
}

/** @param selection the task's `pages` option. @returns every page of the document in order */
export function toPageStates(
  pageCount: number,
  selection: string | undefined,
  finished: readonly FinishedPage[],
  atWork: readonly { first: number; last: number }[],
): PageState[] {
  const known = new Map(finished.map((page) => [page.page, page]));
  const selected = new Set(selectPages(selection, pageCount));
  return Array.from({ length: pageCount }, (_, index): PageState => {
    const page = index + 1;
    const done = known.get(page);
    if (done !== undefined) return done;
    const isRunning = atWork.some(({ first, last }) => first <= page && page <= last);
    const state = !selected.has(page) ? 'not_selected' : isRunning ? 'running' : 'waiting';
    return { page, state, ...NOTHING_YET };
  });
}

const NOTHING_YET = {
  source: null,
  confidence: null,
  words: null,
  duration_ms: null,
  provider: null,
  attempt: null,
  error: null,
};
