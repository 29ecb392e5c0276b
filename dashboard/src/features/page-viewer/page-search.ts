/** What the address of the page viewer carries. */
export interface PageSearch {
  /** Confidence (0..100) under which words are marked. */
  threshold?: number;
}

export function readPageSearch(search: Record<string, unknown>): PageSearch {
  const { threshold } = search;
  return typeof threshold === 'number' && threshold >= 0 && threshold <= 100 ? { threshold } : {};
}
