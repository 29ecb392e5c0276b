/**
 * What is known of one page, whatever engine read it. All lengths are PDF points (1/72 inch; units
 * of the page where it has a /UserUnit); the origin is the top left
 * corner of the page as displayed (after /Rotate, within the crop box); x grows to the right, y downwards.
 */
export interface PageResult {
  /** 1-based page number in the source document. */
  page: number;
  /** Width and height of the page as displayed, in points. */
  width: number;
  height: number;
  /** The page's own /Rotate: degrees clockwise. */
  rotation: 0 | 90 | 180 | 270;
  /** `recognised`: an engine read it; `kept`: the page's own text was taken over; `blank`: nothing to read. */
  source: PageSource;
  /** Degrees clockwise the image had to be turned to stand upright for the engine. 0 when it already did. */
  orientation: 0 | 90 | 180 | 270;
  /** Degrees of skew found (positive: clockwise), 0 when none was looked for. */
  skew: number;
  /** Mean word confidence 0..100, weighted by word length; null when there are no recognised words. */
  confidence: number | null;
  /** Dots per inch of the image the engine saw; null when none was drawn. */
  dpi: number | null;
  engine: EngineStamp | null;
  /** The readings the page took, when one did not do (see {@link PageReading}); exactly one of them is kept. Absent: just one. */
  readings?: PageReading[];
  /** Milliseconds from the start of drawing to the finished result. */
  duration_ms: number;
  blocks: PageBlock[];
}

/** A page whose own text was taken over. */
export interface KeptPage {
  readonly facts: Omit<PageResult, 'blocks'>;
  /** Its blocks as JSON in UTF-8: nobody on their way into the store looks into them. */
  readonly blocks: Uint8Array;
  /** Number of words in its text. */
  readonly words: number;
}

export type PageSource = 'recognised' | 'kept' | 'blank';

/** Which engine read a page, with what. */
export interface EngineStamp {
  /** API name of the provider, e.g. `tesseract_js`. */
  provider: string;
  version: string;
  language: string;
}

/** One reading of a page that was read more than once because the first reading was doubtful. */
export interface PageReading {
  /** API name of the engine. */
  provider: string;
  /** What was done to the image: its resolution and the steps taken, e.g. `200 dpi, contrast, deskew`. */
  preparation: string;
  confidence: number | null;
  /** Whether the page's text is that of this reading. */
  kept: boolean;
  duration_ms: number;
}

/** A rectangle in the coordinates of {@link PageResult}. x0 <= x1, y0 <= y1. */
export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** A block is what layout analysis holds together: a column, a paragraph group. Blocks stand in reading order. */
export interface PageBlock {
  box: Box;
  paragraphs: PageParagraph[];
}

export interface PageParagraph {
  box: Box;
  lines: PageLine[];
}

export interface PageLine {
  box: Box;
  words: PageWord[];
  /** Degrees the line's text direction is turned clockwise from the horizontal of the page as displayed; absent: 0. */
  angle?: 0 | 90 | 180 | 270;
}

export interface PageWord {
  text: string;
  box: Box;
  /** 0..100. Text kept from the page itself has 100. */
  confidence: number;
  /**
   * True for a word of a recognised page that stands in the page's own visible text: a text layer leaves it out, so that no
   * search finds it twice.
   */
  own?: true;
}

/** The words of a page in reading order. */
export function* wordsOf(page: Pick<PageResult, 'blocks'>): Generator<PageWord> {
  for (const line of linesOf(page)) yield* line.words;
}

/** Number of words on a page. */
export function countWords(page: Pick<PageResult, 'blocks'>): number {
  let count = 0;
  for (const line of linesOf(page)) count += line.words.length;
  return count;
}

/** The lines of a page in reading order. */
export function* linesOf(page: Pick<PageResult, 'blocks'>): Generator<PageLine> {
  for (const block of page.blocks) for (const paragraph of block.paragraphs) yield* paragraph.lines;
}

/** The page's plain text: one line each, paragraphs separated by an empty line. Ends without a line break. */
export function textOf(page: PageResult): string {
  return page.blocks
    .flatMap((block) => block.paragraphs)
    .map((paragraph) => paragraph.lines.map((line) => line.words.map((word) => word.text).join(' ')).join('\n'))
    .join('\n\n');
}

/** Mean confidence weighted by word length, or null without words. */
export function meanConfidence(blocks: readonly PageBlock[]): number | null {
  let sum = 0;
  let weight = 0;
  for (const block of blocks)
    for (const paragraph of block.paragraphs)
      for (const line of paragraph.lines)
        for (const word of line.words) {
          sum += word.confidence * word.text.length;
          weight += word.text.length;
        }
  return weight === 0 ? null : Math.round((sum / weight) * 100) / 100;
}
