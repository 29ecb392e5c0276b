/**
 * Character and word error rates as the ISRI evaluation tools and their successors define them: the least number of insertions,
 * deletions and substitutions that turn what was read into the truth (Levenshtein distance), over the length of the truth.
 * Both texts are brought to Unicode NFC first, typographic quotes and dashes to their plain forms, and every run of white space (line breaks
 * too) counts as one space. A rate may be above 1 when more was read than stands there.
 */
export interface ErrorRates {
  /** Errors a character of the truth. */
  cer: number;
  /** Errors a word of the truth; words are what stands between spaces. */
  wer: number;
}

export function errorRates(read: string, truth: string): ErrorRates {
  const [a, b] = [normalised(read), normalised(truth)];
  const rate = (found: readonly string[], expected: readonly string[]) =>
    expected.length === 0 ? Number(found.length > 0) : distance(found, expected) / expected.length;
  const words = (text: string) => text.split(' ').filter((word) => word !== '');
  return { cer: rate([...a], [...b]), wer: rate(words(a), words(b)) };
}

function normalised(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[“”„]/g, '"')
    .replace(/[‐‑–—]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Levenshtein distance between two sequences. Time grows with the product of their lengths, memory with the second. */
export function distance(a: readonly string[], b: readonly string[]): number {
  const ids = new Map<string, number>();
  const numbered = (items: readonly string[]) =>
    Uint32Array.from(items, (item) => {
      const id = ids.get(item) ?? ids.size;
      ids.set(item, id);
      return id;
    });
  const [x, y] = [numbered(a), numbered(b)];
  let previous = Uint32Array.from({ length: y.length + 1 }, (_, j) => j);
  let current = new Uint32Array(y.length + 1);
  for (let i = 1; i <= x.length; i++) {
    current[0] = i;
    for (let j = 1; j <= y.length; j++) {
      const change = (previous[j - 1] as number) + (x[i - 1] === y[j - 1] ? 0 : 1);
      const either = Math.min((previous[j] as number) + 1, (current[j - 1] as number) + 1);
      current[j] = Math.min(change, either);
    }
    [previous, current] = [current, previous];
  }
  return previous[y.length] as number;
}
