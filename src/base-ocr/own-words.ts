import { BoxIndex } from './box-index.js';
import { distance } from './edit-distance.js';
import { wordsOf, type Box, type PageBlock } from '../document/page-result.js';

/** Share of the smaller box that two boxes share to be the same place. */
const SAME_PLACE = 0.5;
/** Edits a letter up to which two words say the same: an engine's slips, and a hyphen or comma more or less. */
const SAME_TEXT = 0.4;
/** Own words looked at for one that was recognised: many times what any page has in one place. */
const MOST_LOOKS = 1_000;
/** Own words taken for what stands in one place; a page whose text lies upon itself has more. */
const MOST_THERE = 64;
/** Letters beyond which slips are no longer counted: such words say the same or do not. */
const LONGEST_WORD = 128;

/**
 * Marks the recognised words that the page's own visible text says too at the same place. Where that text says something else
 * (fonts without a usable encoding) they stay unmarked: then only the recognised word can be searched for.
 */
export function markOwnWords(recognised: readonly PageBlock[], own: readonly PageBlock[]): void {
  const printed = [...wordsOf({ blocks: [...own] })].map(({ box, text }) => ({ box, letters: lettersOf(text) }));
  const index = new BoxIndex(printed);
  for (const word of wordsOf({ blocks: [...recognised] })) {
    const there: OwnWord[] = [];
    for (const each of index.touching(word.box, MOST_LOOKS)) {
      if (samePlace(each.box, word.box)) there.push(each);
      if (there.length === MOST_THERE) break;
    }
    if (there.length > 0 && sameText(word.text, there)) word.own = true;
  }
}

interface OwnWord {
  readonly box: Box;
  readonly letters: string;
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

function samePlace(a: Box, b: Box): boolean {
  const across = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
  const down = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
  if (across <= 0 || down <= 0) return false;
  const area = ({ x0, y0, x1, y1 }: Box) => (x1 - x0) * (y1 - y0);
  return across * down >= SAME_PLACE * Math.min(area(a), area(b));
}

function sameText(text: string, there: readonly OwnWord[]): boolean {
  const read = lettersOf(text);
  const printed = [...there].sort((a, b) => a.box.x0 - b.box.x0).map(({ letters }) => letters);
  // One word may be printed as several, or several be read as one.
  return [printed.join(''), ...printed].some((each) => each.includes(read) || isAlmost(read, each));
}

function isAlmost(read: string, printed: string): boolean {
  const longest = Math.max(read.length, printed.length);
  const edits = SAME_TEXT * longest;
  if (longest > LONGEST_WORD || Math.abs(read.length - printed.length) > edits) return false;
  return distance(read, printed) <= edits;
}

function lettersOf(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]/gu, '') || text
  );
}
