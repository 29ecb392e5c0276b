/** Share of a page's pixels that is taken for its ink: the darkest. Less than a line of text leaves. */
const INK_SHARE = 0.004;

/**
 * How much darker the ink of a page is than its paper: 1 for black on white, 0 for an even surface.
 * @param rgba the page's pixels, four bytes each
 */
export function inkContrast(rgba: ArrayLike<number>): number {
  const histogram = new Uint32Array(256);
  for (let at = 0; at < rgba.length; at += 4) {
    histogram[Math.round(0.299 * rgba[at]! + 0.587 * rgba[at + 1]! + 0.114 * rgba[at + 2]!)]! += 1;
  }
  const pixels = rgba.length / 4;
  return Math.max(0, levelAt(histogram, pixels * 0.6) - meanOfDarkest(histogram, pixels * INK_SHARE)) / 255;
}

/** The brightness below which so many pixels lie. */
function levelAt(histogram: Uint32Array, pixels: number): number {
  let seen = 0;
  for (let level = 0; level < 256; level += 1) {
    seen += histogram[level]!;
    if (seen >= pixels) return level;
  }
  return 255;
}

function meanOfDarkest(histogram: Uint32Array, pixels: number): number {
  let seen = 0;
  let sum = 0;
  for (let level = 0; level < 256 && seen < pixels; level += 1) {
    const taken = Math.min(histogram[level]!, pixels - seen);
    seen += taken;
    sum += taken * level;
  }
  return seen === 0 ? 0 : sum / seen;
}
