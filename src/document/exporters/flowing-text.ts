import type { PageLine } from '../page-result.js';

const HYPHENS = /[-\u2010\u00ad]$/;

/**
 * Lines as one: a word divided by a hyphen at a line's end is whole again when small letters stand on both sides. (A compound that happens to
 * be divided at its own hyphen loses it: nothing on the page tells the two apart.)
 */
export function flowingText(lines: readonly PageLine[]): string {
  let text = '';
  for (const line of lines) {
    const next = line.words.map((word) => word.text).join(' ');
    if (next === '') continue;
    if (text === '') text = next;
    else if (HYPHENS.test(text) && /\p{Ll}.$/u.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next;
    else text += ` ${next}`;
  }
  return text;
}
