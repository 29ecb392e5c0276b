import type { GrayImage } from '../../../document/document.types.js';
import type { PixelBox } from '../ocr-engine.js';
import { UNTOLD_CONFIDENCE, type FoundBlock, type FoundWord } from '../remote/found.js';
import { runsFromRight, wordsAlong } from '../remote/words-along.js';
import { findLines } from './find-lines.js';
import { Ink, stretches } from './ink.js';

/** How far a word's width for each of its characters may be from the line's before the gaps found are not believed. */
const ODDEST_WIDTH = 2.5;

/** A line of text, and the number of the paragraph it is in. */
interface TextLine {
  text: string;
  paragraph: number;
}

/**
 * Puts text without places on the page it was read from. When there are as many lines of text as lines on the page, each
 * goes to its own; else the words are poured into the page's lines as these are long. Within a line words are placed
 * by the gaps between them, or by their lengths when the gaps do not fit.
 */
export function placeText(text: string, image: GrayImage): FoundBlock[] {
  const lines = linesOf(text);
  if (lines.length === 0) return [];
  const ink = Ink.of(image);
  const found = findLines(ink);
  const boxes = found.length === 0 ? [{ x0: 0, y0: 0, x1: ink.width, y1: ink.height }] : found;
  const poured = lines.length === boxes.length ? lines.map((line, i) => ({ ...line, box: i })) : pour(lines, boxes);

  const paragraphs = new Map<number, FoundWord[][]>();
  for (const { text: words, paragraph, box: at } of poured) {
    const box = boxes[at];
    if (box === undefined) continue;
    paragraphs.set(paragraph, [...(paragraphs.get(paragraph) ?? []), wordsIn(ink, box, words)]);
  }
  return [[...paragraphs.values()]];
}

/** The text's lines; an empty one parts paragraphs. */
function linesOf(text: string): TextLine[] {
  return text.split(/\n\s*\n/).flatMap((block, paragraph) =>
    block
      .split('\n')
      .map((line) => ({ text: line.trim(), paragraph }))
      .filter((line) => line.text !== ''),
  );
}

/** Gives each word to the line on the page that its place in the whole text falls on, by length. */
function pour(lines: readonly TextLine[], boxes: readonly PixelBox[]): (TextLine & { box: number })[] {
  const words = lines.flatMap(({ text, paragraph }) => text.split(/\s+/).map((word) => ({ text: word, paragraph })));
  const characters = words.reduce((sum, word) => sum + word.text.length + 1, 0);
  const ends = boxes.reduce<number[]>((sums, box) => [...sums, (sums.at(-1) ?? 0) + box.x1 - box.x0], []);
  const whole = ends.at(-1) ?? 0;
  const result: (TextLine & { box: number })[] = [];
  let before = 0;
  let box = 0;
  for (const word of words) {
    const middle = ((before + word.text.length / 2) / characters) * whole;
    while (box < boxes.length - 1 && middle > (ends[box] ?? 0)) box += 1;
    before += word.text.length + 1;
    const last = result.at(-1);
    if (last !== undefined && last.box === box && last.paragraph === word.paragraph) last.text += ` ${word.text}`;
    else result.push({ ...word, box });
  }
  return shared(result, boxes);
}

/** Two paragraphs that were poured into one line become one there, so that they do not lie on each other. */
function shared(lines: readonly (TextLine & { box: number })[], boxes: readonly PixelBox[]): (TextLine & { box: number })[] {
  return boxes.flatMap((_, box) => {
    const [first, ...others] = lines.filter((line) => line.box === box);
    if (first === undefined) return [];
    return [{ ...first, text: [first.text, ...others.map((line) => line.text)].join(' ') }];
  });
}

/** The words of a line, from one gap to the next. */
function wordsIn(ink: Ink, box: PixelBox, text: string): FoundWord[] {
  const words = text.split(/\s+/);
  const pieces = piecesOf(ink, box, words.length);
  const bylength = () => wordsAlong(text, ink.toPixels(box), UNTOLD_CONFIDENCE);
  if (pieces === undefined) return bylength();
  if (runsFromRight(text)) pieces.reverse();
  const widths = pieces.map(([from, to], i) => (to - from) / (words[i]?.length ?? 1));
  const usual = pieces.reduce((sum, [from, to]) => sum + to - from, 0) / words.join('').length;
  if (widths.some((width) => width > usual * ODDEST_WIDTH || width < usual / ODDEST_WIDTH)) return bylength();
  return words.map((word, i) => {
    const [from, to] = pieces[i] ?? [0, 0];
    return {
      text: word,
      box: ink.toPixels({ ...box, x0: box.x0 + from, x1: box.x0 + to }),
      confidence: UNTOLD_CONFIDENCE,
    };
  });
}

/** Cuts a line at its widest gaps into as many pieces as it has words; undefined when it has too few gaps. */
function piecesOf(ink: Ink, box: PixelBox, count: number): [number, number][] | undefined {
  const filled = stretches(ink.columns(box));
  if (filled.length < count) return undefined;
  const cuts = filled
    .slice(1)
    .map(([from], i) => ({ at: i + 1, gap: from - (filled[i]?.[1] ?? 0) }))
    .sort((a, b) => b.gap - a.gap)
    .slice(0, count - 1)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => [filled[from]?.[0] ?? 0, filled[(cuts[i] ?? filled.length) - 1]?.[1] ?? 0]);
}
