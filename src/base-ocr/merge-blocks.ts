import type { Box, PageBlock } from '../document/page-result.js';

/** Pairs of blocks compared at most: a thousand times what an honest page has. */
const MOST_PAIRS = 2_000_000;

/**
 * Puts blocks read from a page's pictures between the blocks of its own text, whose order is kept: each comes after the last block
 * that ends above it in the same column, or, when there is none, before the first one that starts below it.
 * Where there are more blocks than a page ever has, those of the pictures follow the others.
 */
export function mergeBlocks(own: readonly PageBlock[], pictures: readonly PageBlock[]): PageBlock[] {
  if ((own.length + pictures.length) * pictures.length > MOST_PAIRS) return [...own, ...pictures];
  const merged = [...own];
  for (const block of pictures) {
    const above = merged.findLastIndex((other) => sharesColumn(other.box, block.box) && other.box.y1 <= middle(block.box));
    const below = merged.findIndex((other) => other.box.y0 >= middle(block.box));
    const place = above >= 0 ? above + 1 : below >= 0 ? below : merged.length;
    merged.splice(place, 0, block);
  }
  return merged;
}

function sharesColumn(a: Box, b: Box): boolean {
  return Math.min(a.x1, b.x1) > Math.max(a.x0, b.x0);
}

function middle({ y0, y1 }: Box): number {
  return (y0 + y1) / 2;
}
