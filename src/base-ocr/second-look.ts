import { isAbort } from '../errors/ocr-error.js';
import type { PreparationManner } from '../document/preparation/preparation.types.js';
import { readTurned, type Reading, type ReadingTools } from './reading.js';

/** Below this mean confidence a reading is doubtful; ordinary print comes out above 90. */
const DOUBTFUL = 80;
/** Share of the pieces shaped like letters that must have become letters: else much was not seen at all. */
const LEAST_SEEN = 0.3;
/** Pieces like letters a page needs to be worth another look. */
const ENOUGH_LETTERS = 30;
/** What a second look may take: as long as the first reading this many times over, and a little. */
const PATIENCE = 2;
const LEAST_PATIENCE_MS = 3000;
/** How much better another reading must be to be kept. */
const CLEARLY_BETTER = 1.02;

/**
 * Reads a page again, in other manners, as long as its best reading is doubtful and there is time. A reading that is out of time or
 * fails is dropped.
 * @param withSignal the tools, bound to a signal that stops them
 * @param mostMs what is left of the page's own time
 * @returns every reading, the first one first, and the best of them
 */
export async function lookAgain(
  first: Reading,
  withSignal: (signal: AbortSignal) => ReadingTools,
  signal: AbortSignal,
  mostMs: number,
): Promise<{ best: Reading; all: Reading[] }> {
  const all = [first];
  let best = first;
  const patience = Math.min(mostMs, Math.max(LEAST_PATIENCE_MS, PATIENCE * first.durationMs));
  if (!isDoubtful(first) || patience <= 0) return { best, all };
  const clock = AbortSignal.timeout(Math.round(patience));
  for (const manner of mannersAfter(first)) {
    try {
      const tools = withSignal(AbortSignal.any([signal, clock]));
      const next = await readTurned(manner, first.page.origin.turn, tools);
      all.push(next);
      if (next.score > best.score * CLEARLY_BETTER) best = next;
    } catch (error) {
      signal.throwIfAborted();
      if (clock.aborted && isAbort(error)) break;
    }
    if (clock.aborted || !isDoubtful(best)) break;
  }
  return { best, all };
}

/** Whether a reading is worth another one. */
export function isDoubtful({ confidence, page, blocks }: Pick<Reading, 'confidence' | 'page' | 'blocks'>): boolean {
  if (page.letters < ENOUGH_LETTERS) return false;
  if (confidence === null || confidence < DOUBTFUL) return true;
  let letters = 0;
  for (const block of blocks)
    for (const paragraph of block.paragraphs)
      for (const line of paragraph.lines) for (const word of line.words) letters += word.text.length;
  return letters < LEAST_SEEN * page.letters;
}

function mannersAfter({ page }: Reading): PreparationManner[] {
  return page.steps.includes('binarise') ? ['fine'] : ['bold', 'fine'];
}
