/** Width of every character that is not listed, in thousandths of the font size. */
export const USUAL_WIDTH = 500;
export const SPACE_WIDTH = 250;

/**
 * Widths of a book face in thousandths of the font size, in a dozen classes. The truer they are, the fewer words need a scaling of their
 * own, and the better a mark within a word sits on its letters.
 */
const CLASSES: Readonly<Record<number, string>> = {
  [SPACE_WIDTH]: " ,.'|:;`",
  280: 'ijlt/\\',
  330: 'frI()[]-!',
  390: 'sJ"',
  450: 'aceyz?^',
  560: 'FPSL+=<>#~',
  620: 'EZTB',
  680: 'CRVXY',
  720: 'wADGHKNOQU&',
  780: 'mM%',
  920: 'W@—…',
};

const WIDTHS = new Map(
  Object.entries(CLASSES).flatMap(([width, letters]) => [...letters].map((letter) => [letter, Number(width)] as const)),
);

/** Scripts whose characters fill a square. */
const SQUARE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** A character's width in thousandths of the font size; a letter with an accent is as wide as without. */
export function letterWidth(character: string): number {
  const known = WIDTHS.get(character) ?? WIDTHS.get(character.normalize('NFD').charAt(0));
  return known ?? (SQUARE.test(character) ? 1000 : USUAL_WIDTH);
}
