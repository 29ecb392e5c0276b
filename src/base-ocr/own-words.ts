import { distance } from './edit-distance.js';
import { wordsOf, type Box, type PageBlock, type PageWord } from '../document/page-result.js';

/** Share of the smaller box that two boxes share to be the same place. */
const SAME_PLACE = 0.5;
/** Edits a letter up to which two words say the same: an engine's slips, and a hyphen or comma more or less. */
const SAME_TEXT = 0.4;
/** Points of page height in one band of the index. */
const BAND = 24;

/**
 * Marks the recognised words that the page's own visible text says too at the same place. Where that text says something else
 * (fonts without a usable encoding) they stay unmarked: then only the recognised word can be searched for.
 */
export function markOwnWords(recognised: readonly PageBlock[], own: readonly PageBlock[]): void {
  const bands = new Map<number, PageWord[]>();
  for (const word of wordsOf({ blocks: [...own] })) {
    for (const band of bandsOf(word.box)) {
      const there = bands.get(band);
      if (there === undefined) bands.set(band, [word]);
      else there.push(word);
    }
  }
  for (const word of wordsOf({ blocks: [...recognised] })) {
    const near = bandsOf(word.box).flatMap((band) => bands.get(band)?.filter((each) => samePlace(each.box, word.box)) ?? []);
    const there = [...new Set(near)];
    if (there.length > 0 && sameText(word.text, there)) word.own = true;
  }
}

/** The blocks without their marked words, and without what is left empty by that. */
export function withoutOwnWords(blocks: readonly PageBlock[]): PageBlock[] {
  return blocks.flatMap((block) => {
    const paragraphs = block.paragraphs.flatMap((paragraph) => {
      const lines = paragraph.lines.flatMap((line) => {
        const words = line.words.filter((word) => !word.own);
        return words.length > 0 ? [{ ...line, words }] : [];
      });
      return lines.length > 0 ? [{ ...paragraph, lines }] : [];
    });
    return paragraphs.length > 0 ? [{ ...block, paragraphs }] : [];
  });
}

function bandsOf({ y0, y1 }: Box): number[] {
  const [first, last] = [Math.floor(y0 / BAND), Math.floor(y1 / BAND)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function samePlace(a: Box, b: Box): boolean {
  const across = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
  const down = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
  if (across <= 0 || down <= 0) return false;
  const area = ({ x0, y0, x1, y1 }: Box) => (x1 - x0) * (y1 - y0);
  return across * down >= SAME_PLACE * Math.min(area(a), area(b));
}

function sameText(text: string, there: readonly PageWord[]): boolean {
  const read = lettersOf(text);
  const printed = [...there].sort((a, b) => a.box.x0 - b.box.x0).map((word) => lettersOf(word.text));
  // One word may be printed as several, or several be read as one.
  return [printed.join(''), ...printed].some(
    (each) => each.includes(read) || distance(read, each) <= SAME_TEXT * Math.max(read.length, each.length),
  );
}

function lettersOf(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, '') || text
  );
}
