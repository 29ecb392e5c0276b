import type { components } from '~/api/schema.gen';

type PageAnswer = components['schemas']['PageDto'];
export type Box = components['schemas']['BoxDto'];

type Facts = 'width' | 'height' | 'rotation' | 'orientation' | 'skew' | 'confidence' | 'dpi' | 'engine' | 'duration_ms';

/** What an engine, or the page's own text, says a page reads. */
export type Reading = Required<Pick<PageAnswer, Facts | 'source' | 'text' | 'blocks'>>;

/** The reading of a finished page; null for one that failed. */
export function readingOf(page: Partial<Reading>): Reading | null {
  return page.blocks === undefined ? null : (page as Reading);
}

/** A word and its place in the reading order. */
export interface Word {
  index: number;
  text: string;
  box: Box;
  confidence: number;
  /** Counted from 1 over the whole page. */
  line: number;
}

/** The words of a page, and how they stand together. */
export interface PageWords {
  words: readonly Word[];
  /** Paragraphs of lines of words. */
  paragraphs: readonly (readonly (readonly Word[])[])[];
}

export function wordsOf({ blocks }: Pick<Reading, 'blocks'>): PageWords {
  const words: Word[] = [];
  let line = 0;
  const paragraphs = blocks.flatMap((block) =>
    block.paragraphs.map((paragraph) =>
      paragraph.lines.map((each) => {
        line += 1;
        return each.words.map(({ text, box, confidence }) => {
          const word = { index: words.length, text, box, confidence, line };
          words.push(word);
          return word;
        });
      }),
    ),
  );
  return { words, paragraphs };
}

/**
 * The next word, in reading order, of which the engine was not sure; after the last one, the first again.
 * @param from index of the word to start behind; -1 for the top of the page
 */
export function nextDoubtful(words: readonly Word[], from: number, threshold: number, step: 1 | -1): Word | undefined {
  const doubtful = words.filter(({ confidence }) => confidence < threshold);
  if (step === 1) return doubtful.find(({ index }) => index > from) ?? doubtful[0];
  return doubtful.findLast(({ index }) => from >= 0 && index < from) ?? doubtful.at(-1);
}
