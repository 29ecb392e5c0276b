import type { Components } from './components.js';

/** What the pieces of ink tell about the writing. */
export interface Writing {
  /** Height of small letters (x) in inches, or null when there is too little that looks like letters. */
  xHeight: number | null;
  /** Pieces about the size of letters. */
  letters: number;
  /** Pieces too small for any part of the writing: dust. */
  specks: number;
}

/** Letters are between these heights, in inches: 2-point print, and one-inch capitals. */
const LEAST_LETTER = 0.012;
const MOST_LETTER = 1;
/** Pieces a page needs before anything is concluded from them. */
const ENOUGH = 24;
/** Below this share of the x-height a piece is smaller than a dot. */
const SPECK_SHARE = 0.22;

/**
 * Estimates the height of small letters: the most frequent height among pieces of ink that are shaped like letters. In running
 * text in Latin, Cyrillic or Greek script more than half of the letters have it; elsewhere it is the letters' usual height.
 * @param sideways the lines run down or up the image, so letters' heights are widths
 */
export function measureWriting({ count, x0, y0, x1, y1, area }: Components, dpi: number, sideways: boolean): Writing {
  const [least, most] = [Math.max(3, LEAST_LETTER * dpi), MOST_LETTER * dpi];
  const heights = new Float64Array(Math.ceil(most) + 2);
  let letters = 0;
  for (let i = 0; i < count; i++) {
    const across = x1[i] - x0[i];
    const down = y1[i] - y0[i];
    const [height, width] = sideways ? [across, down] : [down, across];
    const fill = area[i] / (across * down);
    if (height < least || height > most || width > 4 * height || width < 0.12 * height || fill < 0.12) continue;
    heights[height]++;
    letters++;
  }
  const peak = peakOf(heights);
  const tiny = Math.max(1, Math.round((peak ?? 0.055 * dpi) * SPECK_SHARE));
  let specks = 0;
  for (let i = 0; i < count; i++) if (x1[i] - x0[i] <= tiny && y1[i] - y0[i] <= tiny) specks++;
  return { xHeight: letters >= ENOUGH && peak !== null ? peak / dpi : null, letters, specks };
}

/** The height most pieces have, give or take a tenth; letters are cut a pixel larger or smaller by chance. */
function peakOf(heights: Float64Array): number | null {
  let best = 0;
  let at: number | null = null;
  for (let height = 1; height < heights.length; height++) {
    const near = Math.max(1, Math.round(height * 0.1));
    let sum = 0;
    let weighted = 0;
    for (let h = Math.max(1, height - near); h <= Math.min(heights.length - 1, height + near); h++) {
      sum += heights[h];
      weighted += heights[h] * h;
    }
    if (sum <= best) continue;
    best = sum;
    at = weighted / sum;
  }
  return at;
}
