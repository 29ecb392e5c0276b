import type { AttentionItem, AttentionKind } from '~/api/types';

/** The most urgent first, as the server has them. */
export const KINDS = ['stalled', 'failed', 'gaps', 'low_confidence'] as const satisfies readonly AttentionKind[];

/** The first of `items`, with room for every kind: the first of each, then the second of each, and so on; in their own order. */
export function firstOfEach(items: readonly AttentionItem[], most: number): AttentionItem[] {
  const seen = new Map<AttentionKind, number>();
  const ranked = items.map((item) => {
    const rank = seen.get(item.kind) ?? 0;
    seen.set(item.kind, rank + 1);
    return { item, rank };
  });
  const chosen = new Set(ranked.toSorted((a, b) => a.rank - b.rank).slice(0, most));
  return ranked.filter((each) => chosen.has(each)).map(({ item }) => item);
}
