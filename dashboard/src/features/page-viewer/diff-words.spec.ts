import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffWords } from './diff-words';

const left = (words: readonly string[], only: ReadonlySet<number>) => words.filter((_, index) => !only.has(index));

describe('the difference of two readings', () => {
  it('names the words only one of them has', () => {
    const { onlyFirst, onlySecond } = diffWords('le president a ete elu'.split(' '), 'le président a été élu hier'.split(' '));
    expect([...onlyFirst]).toEqual([1, 3, 4]);
    expect([...onlySecond]).toEqual([1, 3, 4, 5]);
  });

  it('leaves the same words on both sides, as many as there can be', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const { onlyFirst, onlySecond } = diffWords(a, b);
        const shared = left(a, onlyFirst);
        expect(shared).toEqual(left(b, onlySecond));
        expect(shared.length).toBe(longestCommon(a, b));
      }),
    );
  });

  it('gives up on texts too long to compare, but for their ends', () => {
    const many = (name: string) => Array.from({ length: 5000 }, (_, index) => `${name}${index}`);
    const { onlyFirst } = diffWords(['same', ...many('a'), 'end'], ['same', ...many('b'), 'end']);
    expect(onlyFirst.size).toBe(5000);
  });
});

/** By its definition, slowly. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const row = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j += 1) {
      const above = row[j]!;
      row[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
