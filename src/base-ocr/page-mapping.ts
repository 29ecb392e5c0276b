import type { Box, PageBlock, PageLine, PageWord } from '../document/page-result.js';
import type { ImageOrigin, RightAngle } from '../document/preparation/preparation.types.js';
import { rotateBack, turnedSize } from '../document/preparation/rotate.js';
import { turnBoxBack } from '../document/preparation/turned-image.js';
import type { EngineBlock, EngineLine, PixelBox } from './engines/ocr-engine.js';
import { isVertical } from './orientation.js';

/** How an engine's image came from the page. */
export interface ImageOnPage {
  readonly origin: ImageOrigin;
  /** Size of the page in points. */
  readonly width: number;
  readonly height: number;
}

/**
 * Takes what an engine found from pixels of its image to points of the page as displayed. Words without text or with no
 * believable confidence are dropped, and what is left empty by that; no box leaves the page.
 */
export function toPageBlocks(blocks: readonly EngineBlock[], place: ImageOnPage): PageBlock[] {
  const box = (pixels: PixelBox) => toPoints(pixels, place);
  const upwards = mostRunUpwards(blocks);
  return blocks
    .map((block) => ({
      box: box(block.box),
      paragraphs: block.paragraphs
        .map((paragraph) => ({
          box: box(paragraph.box),
          lines: paragraph.lines.map((line) => toPageLine(line, place, upwards)).filter((line) => line.words.length > 0),
        }))
        .filter((paragraph) => paragraph.lines.length > 0),
    }))
    .filter((block) => block.paragraphs.length > 0);
}

function toPageLine(line: EngineLine, place: ImageOnPage, upwards: boolean): PageLine {
  const words = line.words
    .map((word): PageWord => ({ text: word.text.trim(), box: toPoints(word.box, place), confidence: round(word.confidence) }))
    .filter((word) => word.text !== '' && word.confidence >= 0);
  // In the image the engine saw, text runs to the right, or down or up it; the image itself was turned clockwise.
  const inImage = isVertical(line) ? ((runsUpwards(line) ?? upwards) ? 270 : 90) : 0;
  const angle = ((inImage - place.origin.turn + 360) % 360) as RightAngle;
  return { box: toPoints(line.box, place), words, ...(angle === 0 ? {} : { angle }) };
}

/** Whether a vertical line's words follow each other up the image; null when a single word leaves it open. */
function runsUpwards(line: EngineLine): boolean | null {
  const [first] = line.words;
  const last = line.words.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  return last.box.y0 < first.box.y0;
}

/** What the vertical lines of one word are taken for: as most others here, upwards (as on spines and margins) without others. */
function mostRunUpwards(blocks: readonly EngineBlock[]): boolean {
  const directions = blocks
    .flatMap((block) => block.paragraphs)
    .flatMap((paragraph) => paragraph.lines.filter(isVertical).map(runsUpwards));
  return directions.filter((up) => up === true).length >= directions.filter((up) => up === false).length;
}

function toPoints(pixels: PixelBox, { origin, width, height }: ImageOnPage): Box {
  const box = toDrawnPage(pixels, origin);
  // The image is a whole number of pixels, so that its true scale differs a little from its resolution.
  const x = (value: number) => round(Math.min(Math.max(0, (value * width) / origin.width), width));
  const y = (value: number) => round(Math.min(Math.max(0, (value * height) / origin.height), height));
  return { x0: x(box.x0), y0: y(box.y0), x1: x(box.x1), y1: y(box.y1) };
}

/** From pixels of the prepared image to pixels of the page as drawn. Of a crooked page: the box around the box laid crooked again. */
function toDrawnPage(pixels: PixelBox, { width, height, skew, turn }: ImageOrigin): PixelBox {
  if (skew === 0) return turnBoxBack(pixels, turn, width, height);
  const straight = turnedSize(width, height, -skew);
  const { x0, y0, x1, y1 } = turnBoxBack(pixels, turn, straight.width, straight.height);
  const corners = [
    { x: x0, y: y0 },
    { x: x1, y: y0 },
    { x: x0, y: y1 },
    { x: x1, y: y1 },
  ].map((corner) => rotateBack(corner, -skew, width, height));
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

/** To a hundredth: finer than any pixel, and short in JSON. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
