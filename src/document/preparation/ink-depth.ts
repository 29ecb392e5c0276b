/** Share of all fields that are blank on nearly any page: margins. */
const MARGINS = 0.1;
/** How many times as deep as blank fields one must be to be written on. */
const WRITTEN = 2;
/** Fewer fields than this may be a crease or a staple. */
const A_FEW = 4;
/** The best-written tenth of all fields tells, or the better half of those written on where these are fewer: the others may be pictures and stamps. */
const OF_ALL = 0.1;
const OF_WRITTEN = 0.5;

/**
 * How much darker than its paper a page's writing is, by how much darker the ink in each of its fields is. Most fields of a page may be
 * blank, all but a few of one with three lines on it: what the paper's noise makes of those is not what its writing looks like.
 * @param depths in ascending order, at least one
 */
export function inkDepth(depths: readonly number[]): number {
  const blank = depths[Math.floor((depths.length - 1) * MARGINS)]!;
  const written = depths.filter((depth) => depth > WRITTEN * blank).length;
  const best = Math.ceil((depths.length - 1) * OF_ALL);
  const rank = written < A_FEW ? best : Math.min(best, Math.ceil((written - 1) * OF_WRITTEN));
  return depths[depths.length - 1 - rank]!;
}
