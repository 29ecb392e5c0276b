/** How far a word's ink reaches from the baseline, in parts of the font size. */
export interface Reach {
  up: number;
  down: number;
}

/**
 * The cuts of the font. They differ in nothing but how far their letters are said to reach, so that the box a reader gives for a word is as
 * high as the word. Bit 0: up to the ascenders, not just to the small letters' height; bit 1: below the baseline.
 */
export type Cut = 0 | 1 | 2 | 3;
export const CUTS: readonly Cut[] = [0, 1, 2, 3];
/** The cut of a word of which nothing is known. */
export const WHOLE_CUT: Cut = 3;

const SMALL = 0.46;
const TALL = 0.68;
const DEEP = 0.21;

const TALL_LETTERS = /[\p{Lu}\p{Nd}\p{M}bdfhijkl?!'"()[\]{}/&%$@#’‘“”|]/u;
const DEEP_LETTERS = /[gjpqyQ,;()[\]{}|]/;
/** What the height of a letter is known of; `t` is of no certain height. */
const KNOWN_WORD = /^[\p{Script=Latin}\p{Nd}\p{M}?!'"()[\]{}/&%$@#’‘“”|,;.:…]+$/u;

/** What the cut of these letters reaches in a usual book face. */
export function usualReach(cut: Cut): Reach {
  return { up: cut & 1 ? TALL : SMALL, down: cut & 2 ? DEEP : 0 };
}

/** The cut a word's letters ask for; null when they do not tell. */
export function cutOf(text: string): Cut | null {
  if (!KNOWN_WORD.test(text)) return null;
  const letters = text.normalize('NFD');
  const isTall = TALL_LETTERS.test(letters);
  if (!isTall && letters.includes('t')) return null;
  if (!/[\p{L}\p{Nd}]/u.test(letters)) return null;
  return ((isTall ? 1 : 0) | (DEEP_LETTERS.test(letters) ? 2 : 0)) as Cut;
}

/** The cut that shares most of the height with a word reaching so far. */
export function nearestCut(reach: Reach): Cut {
  const share = (cut: Cut): number => {
    const usual = usualReach(cut);
    const shared = Math.min(usual.up, reach.up) + Math.min(usual.down, reach.down);
    return shared / (Math.max(usual.up, reach.up) + Math.max(usual.down, reach.down));
  };
  return CUTS.reduce((best, cut) => (share(cut) > share(best) ? cut : best));
}
