import type { PageLine } from '../page-result.js';

const HYPHENS = /[-\u2010\u00ad]$/;

/**
 * Lines as one: a word divided by a hyphen at a line's end is whole again when small letters stand on both sides. (A compound that happens to
 * be divided at its own hyphen loses it: nothing on the page tells the two apart.)
 */
export function flowingText(lines: readonly PageLine[]): string {
  const parts: string[] = [];
  for (const line of lines) {
    const next = line.words.map((word) => word.text).join(' ');
    if (next === '') continue;
    const last = parts.at(-1);
    if (last === undefined) parts.push(next);
    else if (HYPHENS.test(last) && /\p{Ll}.$/u.test(last) && /^\p{Ll}/u.test(next)) parts.splice(-1, 1, last.slice(0, -1), next);
    else parts.push(' ', next);
  }
  return parts.join('');
}
