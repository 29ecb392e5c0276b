/** Keeps the colon, and what guillemets hold, on the line of the word beside it. */
const NO_BREAK = '\u00a0';
/** The same for `; ! ? %`, which French sets closer to the word. */
const NARROW_NO_BREAK = '\u202f';

/**
 * French puts a space before its double punctuation, and no line may break there. The files of words hold ordinary spaces, which can be
 * seen and typed; this makes them the right ones, in every text at whatever depth.
 */
export function bindPunctuation<T>(words: T): T {
  if (typeof words === 'string') return bound(words) as T;
  if (typeof words !== 'object' || words === null) return words;
  return Object.fromEntries(Object.entries(words).map(([key, value]: [string, unknown]) => [key, bindPunctuation(value)])) as T;
}

function bound(text: string): string {
  return text
    .replaceAll(/ (?=[:»])/g, NO_BREAK)
    .replaceAll(/(?<=«) /g, NO_BREAK)
    .replaceAll(/ (?=[;!?%])/g, NARROW_NO_BREAK);
}
