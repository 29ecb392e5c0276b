import type { GrayImage } from '../document/document.types.js';
import type { EngineBlock, EngineLine, PixelBox } from './engines/ocr-engine.js';
import { cropImage, turnImage, type Turn } from './turned-image.js';

/** Below this mean confidence a page may stand upside down or sideways (such pages come out near 40, upright ones above 70). */
const DOUBTFUL = 70;
/** Inches a side of the piece of the page that is tried in other directions: enough lines to tell, a fraction of the cost. */
const TRIAL_INCHES = 5;
/** How many times better another direction must read than the page as it stands. */
const CLEARLY_BETTER = 1.3;

/** Reads an image; what the page's engine does. */
type Read = (image: GrayImage) => Promise<readonly EngineBlock[]>;

/**
 * The turn that makes the page stand upright, judged by how well its engine reads it. `asItStands` is what the engine found on
 * the whole page; when that reads well nothing more is done. Otherwise a piece of the page is read in the other directions,
 * until one reads well.
 */
export async function findTurn(image: GrayImage, asItStands: readonly EngineBlock[], read: Read): Promise<Turn> {
  if (readsWell(asItStands)) return 0;
  const window = inkiestWindow(image);
  if (window === null) return 0;
  const piece = cropImage(image, window);
  let best: Turn = 0;
  let bestScore = score(linesIn(asItStands, window)) * CLEARLY_BETTER;
  for (const turn of likelyTurns(asItStands)) {
    const found = await read(turnImage(piece, turn));
    const foundScore = score(linesOf(found));
    if (foundScore <= bestScore) continue;
    if (readsWell(found)) return turn;
    [best, bestScore] = [turn, foundScore];
  }
  return best;
}

/** The turns to try, the likeliest first: engines find the lines of a sideways page even where they cannot read them. */
function likelyTurns(asItStands: readonly EngineBlock[]): readonly Turn[] {
  return mostlyVertical(linesOf(asItStands)) ? [90, 270, 180] : [180, 90, 270];
}

/** True when a line's words stand on end: its text runs down or up the image. Two letters and fewer tell nothing. */
export function isVertical(line: EngineLine): boolean {
  const telling = line.words.filter((word) => lettersOf(word.text) >= 3);
  const onEnd = telling.filter(({ box }) => box.y1 - box.y0 > 1.2 * (box.x1 - box.x0));
  return telling.length > 0 && onEnd.length * 2 > telling.length;
}

function readsWell(blocks: readonly EngineBlock[]): boolean {
  const lines = linesOf(blocks);
  const words = lines.flatMap((line) => line.words);
  const letters = words.reduce((sum, word) => sum + lettersOf(word.text), 0);
  if (letters === 0) return false;
  const mean = words.reduce((sum, word) => sum + word.confidence * lettersOf(word.text), 0) / letters;
  return mean >= DOUBTFUL && !mostlyVertical(lines);
}

function mostlyVertical(lines: readonly EngineLine[]): boolean {
  return lines.filter(isVertical).length * 2 > lines.length;
}

/** How much was read, and how surely: letters of lying words, each weighted by the square of its word's confidence. */
function score(lines: readonly EngineLine[]): number {
  let sum = 0;
  for (const line of lines) {
    if (isVertical(line)) continue;
    for (const { text, confidence } of line.words) sum += lettersOf(text) * (confidence / 100) ** 2;
  }
  return sum;
}

function linesOf(blocks: readonly EngineBlock[]): EngineLine[] {
  return blocks.flatMap((block) => block.paragraphs).flatMap((paragraph) => paragraph.lines);
}

/** The lines with only those words whose middle lies in the window. */
function linesIn(blocks: readonly EngineBlock[], window: PixelBox): EngineLine[] {
  const isIn = (box: PixelBox) => {
    const x = (box.x0 + box.x1) / 2;
    const y = (box.y0 + box.y1) / 2;
    return x >= window.x0 && x < window.x1 && y >= window.y0 && y < window.y1;
  };
  return linesOf(blocks).map((line) => ({ ...line, words: line.words.filter((word) => isIn(word.box)) }));
}

function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

/** A window around the middle of the page's ink, or null when there is no ink. */
function inkiestWindow(image: GrayImage): PixelBox | null {
  const { width, height, data } = image;
  let ink = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] >= 128) continue;
      ink += 1;
      sumX += x;
      sumY += y;
    }
  }
  if (ink === 0) return null;
  const side = Math.round(TRIAL_INCHES * image.dpi);
  const [x0, x1] = around(sumX / ink, side, width);
  const [y0, y1] = around(sumY / ink, side, height);
  return { x0, y0, x1, y1 };
}

/** A stretch of `length` around `middle`, pushed inside 0..limit. */
function around(middle: number, length: number, limit: number): [number, number] {
  if (length >= limit) return [0, limit];
  const start = Math.round(Math.min(Math.max(0, middle - length / 2), limit - length));
  return [start, start + length];
}
