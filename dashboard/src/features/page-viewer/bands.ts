/** From the surest to the least sure: how far a word can be trusted. */
export const BANDS = ['sure', 'fair', 'doubtful', 'lost'] as const;
export type Band = (typeof BANDS)[number];

/** Confidence (0..100) under which words are doubtful, unless the reader chooses another. */
export const DEFAULT_THRESHOLD = 70;
const SURE = 90;

/** @param threshold confidence under which a word is doubtful; under half of it, the word is lost */
export function bandOf(confidence: number, threshold: number): Band {
  if (confidence < threshold / 2) return 'lost';
  if (confidence < threshold) return 'doubtful';
  return confidence < SURE ? 'fair' : 'sure';
}

/** The confidences of a band, `from` included and `to` not; null for a band that no confidence can fall into. */
export function rangeOf(band: Band, threshold: number): { from: number; to: number } | null {
  const ranges: Record<Band, { from: number; to: number }> = {
    sure: { from: Math.max(SURE, threshold), to: 100 },
    fair: { from: threshold, to: SURE },
    doubtful: { from: threshold / 2, to: threshold },
    lost: { from: 0, to: threshold / 2 },
  };
  const range = ranges[band];
  return band === 'sure' || range.from < range.to ? range : null;
}

export function countBands(words: readonly { confidence: number }[], threshold: number): Record<Band, number> {
  const counts = { sure: 0, fair: 0, doubtful: 0, lost: 0 };
  for (const { confidence } of words) counts[bandOf(confidence, threshold)] += 1;
  return counts;
}
