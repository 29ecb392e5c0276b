import type { FoundBlock, FoundWord } from './found.js';

/** A stretch of a document's text; in any unit, as long as it is one. */
export interface Span {
  start: number;
  end: number;
}

/** A word, and where in the text it begins. */
export interface PlacedWord {
  at: number;
  word: FoundWord;
}

/**
 * Builds blocks, paragraphs and lines of words for services that list all of them side by side, each with its stretch of
 * the text. A word belongs to the line in which it begins, and so on upwards; words of none stand together.
 */
export function bySpans(
  words: readonly PlacedWord[],
  spans: { blocks: readonly Span[]; paragraphs: readonly Span[]; lines: readonly Span[] },
): FoundBlock[] {
  return runs(words, spans.blocks).map((block) =>
    runs(block, spans.paragraphs).map((paragraph) => runs(paragraph, spans.lines).map((line) => line.map(({ word }) => word))),
  );
}

/** Cuts words where they leave one span for another. */
function runs(words: readonly PlacedWord[], spans: readonly Span[]): PlacedWord[][] {
  const found: PlacedWord[][] = [];
  let last: number | undefined;
  for (const word of words) {
    const holder = spans.findIndex(({ start, end }) => start <= word.at && word.at < end);
    if (holder === last) found.at(-1)?.push(word);
    else found.push([word]);
    last = holder;
  }
  return found;
}
