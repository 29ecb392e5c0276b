/** Words that stand in one text only, by their index in it. */
export interface WordDifference {
  onlyFirst: ReadonlySet<number>;
  onlySecond: ReadonlySet<number>;
}

/** Beyond so many words on either side (after what both begin and end with) they are not compared one by one: 32 MB, some 50 ms. */
const MOST_COMPARED = 4000;

/** The words two readings do not share: all but their longest common sequence. */
export function diffWords(first: readonly string[], second: readonly string[]): WordDifference {
  const shortest = Math.min(first.length, second.length);
  let start = 0;
  while (start < shortest && first[start] === second[start]) start += 1;
  let end = 0;
  while (end < shortest - start && first.at(-1 - end) === second.at(-1 - end)) end += 1;

  const a = first.slice(start, first.length - end);
  const b = second.slice(start, second.length - end);
  const shared = a.length > MOST_COMPARED || b.length > MOST_COMPARED ? [] : commonWords(a, b);
  const onlyFirst = new Set(a.map((_, index) => index + start));
  const onlySecond = new Set(b.map((_, index) => index + start));
  for (const [i, j] of shared) {
    onlyFirst.delete(i + start);
    onlySecond.delete(j + start);
  }
  return { onlyFirst, onlySecond };
}

/** Index pairs of a longest common sequence. */
function commonWords(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  // lengths[i * width + j]: words that a from i on and b from j on have in common
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1]! + 1 : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i += 1;
    else j += 1;
  }
  return pairs;
}
