/** Letters of the scripts written from right to left (Hebrew to Arabic Extended, presentation forms, the right-to-left planes' rows). */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const LETTER_OR_DIGIT = /[\p{L}\p{M}\p{N}]/u;
const DIGIT = /\p{Nd}/u;
/** Punctuation that stays inside a number or a word read from left to right. */
const JOINER = /[.,:/\-_@]/u;

export function isRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text);
}

/**
 * A word's characters from left to right as they stand on paper. Readers take a content stream's text to be in this order and turn
 * right-to-left runs round themselves. Numbers and Latin runs within keep their own direction; text without right-to-left letters comes
 * back unchanged.
 */
export function visualOrder(text: string): string {
  if (!isRightToLeft(text)) return text;
  const runs: string[] = [];
  const characters = [...text];
  for (let i = 0; i < characters.length;) {
    let end = i + 1;
    if (readsForward(characters[i])) {
      while (readsForward(characters[end]) || (JOINER.test(characters[end] ?? '') && readsForward(characters[end + 1]))) end++;
    }
    runs.unshift(characters.slice(i, end).join(''));
    i = end;
  }
  return runs.join('');
}

function readsForward(character: string | undefined): boolean {
  if (character === undefined || !LETTER_OR_DIGIT.test(character)) return false;
  return DIGIT.test(character) || !RIGHT_TO_LEFT.test(character);
}
