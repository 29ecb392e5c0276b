import type { GrayImage } from '../../../document/document.types.js';
import type { EngineBlock, EngineLine, PixelBox } from '../ocr-engine.js';
import type { FoundBlock, FoundLine, FoundParagraph } from './found.js';
import { badAnswer } from './remote-errors.js';
import { wordsAlong } from './words-along.js';

/** Most words believed of one page: a page of small print has a few thousand. */
const MOST_WORDS = 100_000;

/**
 * Makes an engine's answer of what a service found: words cut to the image, those without text left out, those with spaces
 * in them taken apart, boxes around them at each level. @throws OcrError `engine_failed` for boxes that are no numbers
 */
export function assemble(name: string, blocks: readonly FoundBlock[], image: Pick<GrayImage, 'width' | 'height'>): EngineBlock[] {
  let words = 0;
  const toLine = (line: FoundLine): EngineLine => {
    const parts = line.flatMap(({ text, box, confidence }) => wordsAlong(text, box, confidence));
    words += parts.length;
    if (words > MOST_WORDS) throw badAnswer(name, `more than ${MOST_WORDS} words on a page`);
    const placed = parts.map((word) => ({
      text: word.text,
      box: withinImage(name, word.box, image),
      confidence: Number.isFinite(word.confidence) ? Math.min(100, Math.max(0, word.confidence)) : 0,
    }));
    return { box: around(placed), words: placed };
  };
  const toParagraph = (paragraph: FoundParagraph) => {
    const lines = paragraph.map(toLine).filter((line) => line.words.length > 0);
    return { box: around(lines), lines };
  };
  return blocks
    .map((block) => {
      const paragraphs = block.map(toParagraph).filter((paragraph) => paragraph.lines.length > 0);
      return { box: around(paragraphs), paragraphs };
    })
    .filter((block) => block.paragraphs.length > 0);
}

/** The smallest box around others. */
export function around(parts: readonly { box: PixelBox }[]): PixelBox {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const part of parts) {
    box.x0 = Math.min(box.x0, part.box.x0);
    box.y0 = Math.min(box.y0, part.box.y0);
    box.x1 = Math.max(box.x1, part.box.x1);
    box.y1 = Math.max(box.y1, part.box.y1);
  }
  return box;
}

/** The smallest upright box around a polygon, of which services tell the corners. */
export function aroundCorners(corners: readonly { x: number; y: number }[]): PixelBox {
  return around(corners.map(({ x, y }) => ({ box: { x0: x, y0: y, x1: x, y1: y } })));
}

function withinImage(name: string, box: PixelBox, { width, height }: Pick<GrayImage, 'width' | 'height'>): PixelBox {
  if (![box.x0, box.y0, box.x1, box.y1].every(Number.isFinite)) throw badAnswer(name, 'a word without a place');
  const [x0, x1] = span(box.x0, box.x1, width);
  const [y0, y1] = span(box.y0, box.y1, height);
  return { x0, y0, x1, y1 };
}

/** Whole pixels within 0..size, at least one of them. */
function span(from: number, to: number, size: number): [number, number] {
  const low = Math.min(size - 1, Math.max(0, Math.floor(Math.min(from, to))));
  const high = Math.min(size, Math.max(0, Math.ceil(Math.max(from, to))));
  return [low, Math.max(low + 1, high)];
}
