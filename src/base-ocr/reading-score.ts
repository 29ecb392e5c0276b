import { linesOf } from './engines/engine-lines.js';
import type { EngineBlock } from './engines/ocr-engine.js';

/** What a word that does not look like one counts: signs and letters mixed, letters of one kind in a row. */
const UNLIKELY = 0.3;

/**
 * How much of a page was read and how surely: the letters and figures found, weighted by the square of their word's confidence,
 * those of words that do not look like words by less. Two readings of the same page are compared by it: one that is sure of
 * little loses against one that is nearly as sure of all.
 */
export function readingScore(blocks: readonly EngineBlock[]): number {
  let score = 0;
  for (const line of linesOf(blocks))
    for (const { text, confidence } of line.words) {
      const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
      score += letters * (confidence / 100) ** 2 * (looksLikeWord(text) ? 1 : UNLIKELY);
    }
  return score;
}

/** A word, a number or an abbreviation, with the signs that stand before and after such. */
export function looksLikeWord(text: string): boolean {
  const core = text.replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, '');
  if (core === '') return false;
  if (/^[\p{N}]+([.,:/-][\p{N}]+)*[\p{L}%]{0,3}$/u.test(core)) return true;
  if (!/^\p{L}[\p{L}\p{M}]*([''’.\-/][\p{L}\p{M}]+)*$/u.test(core)) return false;
  // Capitals in the middle of small letters, and the same letter three times, are slips.
  return !/\p{Ll}\p{Lu}/u.test(core.replace(/^(Mc|Mac|O['’])/, '')) && !/(\p{L})\1\1/iu.test(core);
}
