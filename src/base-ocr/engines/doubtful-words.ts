import { MAX_SIDE } from '../../document/choose-dpi.js';
import type { GrayImage } from '../../document/document.types.js';
import { largestOf, smallestOf } from '../../document/extremes.js';
import { histogramOf, paperTone } from '../../document/preparation/tones.js';
import { linesOf } from './engine-lines.js';
import type { EngineBlock, EngineLine, PixelBox } from './ocr-engine.js';

/** Confidence below which a word read from a narrowed image is read again. In ordinary print that is less than one word in a hundred. */
const DOUBTFUL = 85;
/** How much surer, in points of confidence, a word must be when it is read again to take the place of what it was read as before. */
const SURER = 5;
/** Words on each side of a doubtful one that are read again with it, as the network reads a word by what stands beside it. */
const BESIDE = 2;
/** Share of the page's letters that may be read again. Where more is doubtful, it is the page that reads badly: a matter of the second look. */
const MOST = 0.3;
/** So many letters may be read again in any case. */
const A_FEW = 20;
/** Height of a piece, in inches, beyond which it is no line of text. */
const TALLEST = 1;
/** Air over and under a piece, in its heights: less than there is between two lines. */
const AIR = 0.12;
/** Air between two pieces on the sheet, in heights of the upper one. */
const GAP = 0.8;
/** Paper around the sheet, in pixels. */
const MARGIN = 20;
/** The sheet's pixels, as a share of the page's, beyond which it is not worth its while. */
const LARGEST = 0.5;

type Word = EngineLine['words'][number];

/** A few words of a line, at least one of them doubtful. */
interface Piece {
  readonly line: EngineLine;
  /** The words by their places in the line, `to` left out. */
  readonly from: number;
  readonly to: number;
  /** What is cut out of the image, in whole pixels. */
  readonly cut: PixelBox;
  /** Row of the sheet the piece begins at. */
  readonly top: number;
}

/** The doubtful words of a page with their neighbours, cut out of its image and put below each other like the lines of a short page. */
export interface DoubtsSheet {
  readonly image: GrayImage;
  readonly pieces: readonly Piece[];
}

/**
 * Cuts out of a page's image what was read doubtfully from a narrower one.
 * @param image the page at its full width
 * @param found what was read, in pixels of `image`, from left to right
 * @returns undefined where nothing is doubtful, or too much is
 */
export function doubtsSheet(image: GrayImage, found: readonly EngineBlock[]): DoubtsSheet | undefined {
  const pieces: Piece[] = [];
  let [top, letters, again] = [MARGIN, 0, 0];
  for (const line of linesOf(found)) {
    letters += lettersOf(line.words);
    for (const [from, to] of windowsOf(line.words)) {
      const cut = cutOf(image, line.words, from, to);
      const height = cut.y1 - cut.y0;
      if (height > TALLEST * image.dpi) continue;
      pieces.push({ line, from, to, cut, top });
      top += Math.ceil(height * (1 + GAP));
      again += lettersOf(line.words.slice(from, to));
    }
  }
  if (pieces.length === 0 || again > Math.max(MOST * letters, A_FEW)) return undefined;
  const width = 2 * MARGIN + largestOf(pieces.map(({ cut }) => cut.x1 - cut.x0));
  const height = top + MARGIN;
  if (height > MAX_SIDE || width * height > LARGEST * image.width * image.height) return undefined;
  return { image: drawSheet(image, pieces, width, height), pieces };
}

/**
 * Puts what was read from the sheet in the place of what was read before: each doubtful word that is surer now, or, where a piece turns
 * out to be more words or fewer, all of them when the most doubtful one is. The lines the sheet was made of are changed.
 * @param found what was read from the sheet, in its pixels
 */
export function settleDoubts({ pieces }: DoubtsSheet, found: readonly EngineBlock[]): void {
  const lines = linesOf(found);
  // From the last to the first: a line's words before a piece keep their places.
  for (const { line, from, to, cut, top } of pieces.toReversed()) {
    const again = lines
      .filter(({ box }) => isBetween((box.y0 + box.y1) / 2, top, top + cut.y1 - cut.y0))
      .flatMap(({ words }) => words)
      .toSorted((one, other) => one.box.x0 - other.box.x0)
      .map((word) => ({ ...word, box: movedBy(word.box, cut.x0 - MARGIN, cut.y0 - top) }));
    line.words.splice(from, to - from, ...better(line.words.slice(from, to), again));
  }
}

function better(before: readonly Word[], again: readonly Word[]): readonly Word[] {
  if (again.length === before.length)
    return before.map((word, at) => (isDoubtful(word) && again[at]!.confidence > word.confidence + SURER ? again[at]! : word));
  return again.length > 0 && leastSure(again) > leastSure(before) + SURER ? again : before;
}

function isDoubtful({ confidence }: Word): boolean {
  return confidence < DOUBTFUL;
}

/** Each doubtful word with those beside it; those that touch are one. */
function windowsOf(words: readonly Word[]): [from: number, to: number][] {
  const windows: [number, number][] = [];
  words.forEach((word, at) => {
    if (!isDoubtful(word)) return;
    const [from, to] = [Math.max(0, at - BESIDE), Math.min(words.length, at + 1 + BESIDE)];
    const last = windows.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else windows.push([from, to]);
  });
  return windows;
}

/** Where words of a line stand, up to the middle of the spaces around them. */
function cutOf(image: GrayImage, words: readonly Word[], from: number, to: number): PixelBox {
  const boxes = words.slice(from, to).map((word) => word.box);
  const [left, right] = [smallestOf(boxes.map((box) => box.x0)), largestOf(boxes.map((box) => box.x1))];
  const [upper, lower] = [smallestOf(boxes.map((box) => box.y0)), largestOf(boxes.map((box) => box.y1))];
  const height = lower - upper;
  const before = words[from - 1]?.box.x1 ?? left - height;
  const after = words[to]?.box.x0 ?? right + height;
  return {
    x0: Math.max(0, Math.floor(Math.min(left, (before + left) / 2))),
    y0: Math.max(0, Math.floor(upper - height * AIR)),
    x1: Math.min(image.width, Math.ceil(Math.max(right, (right + after) / 2))),
    y1: Math.min(image.height, Math.ceil(lower + height * AIR)),
  };
}

function drawSheet(image: GrayImage, pieces: readonly Piece[], width: number, height: number): GrayImage {
  const data = new Uint8Array(width * height).fill(paperTone(histogramOf(image)));
  for (const { cut, top } of pieces)
    for (let y = cut.y0; y < cut.y1; y++) {
      const row = image.data.subarray(y * image.width + cut.x0, y * image.width + cut.x1);
      data.set(row, (top + y - cut.y0) * width + MARGIN);
    }
  return { width, height, data, dpi: image.dpi };
}

function lettersOf(words: readonly Word[]): number {
  return words.reduce((sum, { text }) => sum + text.length, 0);
}

function leastSure(words: readonly Word[]): number {
  return smallestOf(words.map(({ confidence }) => confidence));
}

function isBetween(value: number, low: number, high: number): boolean {
  return value > low && value < high;
}

function movedBy({ x0, y0, x1, y1 }: PixelBox, right: number, down: number): PixelBox {
  return { x0: x0 + right, y0: y0 + down, x1: x1 + right, y1: y1 + down };
}
