import { isAbort, OcrError } from '../errors/ocr-error.js';
import type { PreparationManner } from '../document/preparation/preparation.types.js';
import type { OcrEngine } from './engines/ocr-engine.js';
import { readOtherwise, readPrepared, type Reading, type ReadingManner, type ReadingTools } from './reading.js';

/** Below this mean confidence a reading is doubtful; ordinary print comes out above 90. */
const DOUBTFUL = 80;
/** Share of the pieces shaped like letters that must have become letters: else much was not seen at all. */
const LEAST_SEEN = 0.3;
/** Pieces like letters a page needs to be worth another look. */
const ENOUGH_LETTERS = 30;
/** What a second look may take: as long as the first reading this many times over, and a little. */
const PATIENCE = 2;
const LEAST_PATIENCE_MS = 3000;
/** Words a line below which a page is a chart or a form rather than running text. */
const SCATTERED_WORDS = 2.5;
/** How much better another reading must be to be kept. */
const CLEARLY_BETTER = 1.02;

/** What a second look may try beside other preparations. */
export interface OtherWays {
  /** The page's engine can look for text in another way. */
  readonly segments: boolean;
  /** Other engines, in the order they are to be tried. */
  readonly standIns: readonly OcrEngine[];
}

/** What a second look came to. */
export interface SecondLook {
  readonly best: Reading;
  /** Every reading, the first one first. */
  readonly all: Reading[];
  /**
   * False when another look might do better: the best is doubtful still, and there was no time for one at all, or some way failed for the
   * moment. What takes longer than a page's readings may would do so again.
   */
  readonly settled: boolean;
}

/** One more way to read a page: its image prepared otherwise, or the same image read otherwise. */
type Way = { readonly manner: PreparationManner } | { readonly how: ReadingManner };

/**
 * Reads a page again, in other manners, as long as its best reading is doubtful and there is time. A reading that is out of time or
 * fails is dropped.
 * @param withSignal the tools, bound to a signal that stops them
 * @param mostMs what is left of the page's own time
 * @throws the signal's reason
 */
export async function lookAgain(
  first: Reading,
  withSignal: (signal: AbortSignal) => ReadingTools,
  signal: AbortSignal,
  mostMs: number,
  others: OtherWays = { segments: false, standIns: [] },
): Promise<SecondLook> {
  const all = [first];
  let best = first;
  const patience = Math.min(mostMs, Math.max(LEAST_PATIENCE_MS, PATIENCE * first.durationMs));
  if (!isDoubtful(first)) return { best, all, settled: true };
  if (patience <= 0) return { best, all, settled: false };
  let failedForNow = false;
  const clock = AbortSignal.timeout(Math.round(patience));
  for (const way of waysAfter(first, others)) {
    try {
      const tools = withSignal(AbortSignal.any([signal, clock]));
      const next = 'how' in way ? await readOtherwise(first, way.how, tools) : await readUnlikeThese(all, way.manner, tools);
      if (next === null) continue;
      all.push(next);
      if (next.score > best.score * CLEARLY_BETTER) best = next;
    } catch (error) {
      signal.throwIfAborted();
      if (clock.aborted && isAbort(error)) break;
      failedForNow ||= !(error instanceof OcrError) || error.retryable;
    }
    if (clock.aborted || !isDoubtful(best)) break;
  }
  return { best, all, settled: !failedForNow || !isDoubtful(best) };
}

/** Prepares the page in another manner and reads it the same way up; null when that gives an image that was read already. */
async function readUnlikeThese(all: readonly Reading[], manner: PreparationManner, tools: ReadingTools): Promise<Reading | null> {
  const started = performance.now();
  const page = await tools.prepare({ manner, turn: all[0].page.origin.turn });
  const isSame = ({ page: { image } }: Reading) =>
    image.width === page.image.width && Buffer.compare(image.data, page.image.data) === 0;
  return all.some(isSame) ? null : readPrepared(manner, page, tools, started);
}

/** Whether a reading is worth another one. */
export function isDoubtful({ confidence, page, blocks }: Pick<Reading, 'confidence' | 'page' | 'blocks'>): boolean {
  if (page.letters < ENOUGH_LETTERS) return false;
  if (confidence === null || confidence < DOUBTFUL) return true;
  return lettersIn(blocks) < LEAST_SEEN * page.letters;
}

/** The likeliest first: where lines are short and letters were missed the engine did not find the text, elsewhere it could not read it. */
function waysAfter(first: Reading, { segments, standIns }: OtherWays): Way[] {
  const prepared: Way[] = (first.page.steps.includes('binarise') ? (['fine'] as const) : (['bold', 'fine'] as const)).map(
    (manner) => ({ manner }),
  );
  const scattered: Way[] = segments ? [{ how: { segmentation: 'scattered' } }] : [];
  const elsewhere: Way[] = standIns.map((standIn) => ({ how: { standIn } }));
  const ways = looksScattered(first) ? [...scattered, ...prepared] : [...prepared, ...scattered];
  return [...ways, ...elsewhere];
}

function looksScattered({ blocks, page }: Reading): boolean {
  const lines = blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
  const words = lines.reduce((sum, line) => sum + line.words.length, 0);
  return words < SCATTERED_WORDS * lines.length || lettersIn(blocks) < LEAST_SEEN * page.letters;
}

function lettersIn(blocks: Reading['blocks']): number {
  let letters = 0;
  for (const block of blocks)
    for (const paragraph of block.paragraphs)
      for (const line of paragraph.lines) for (const word of line.words) letters += word.text.length;
  return letters;
}
