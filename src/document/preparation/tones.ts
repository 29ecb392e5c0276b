import type { GrayImage } from '../document.types.js';

/** Pixels looked at: every 17th (a prime step samples every column) of large images is plenty. */
const LARGE = 100_000;
const STEP = 17;
/** Tones this near each other are taken together when the most frequent one is sought. */
const NEAR = 6;

/** How often each of the 256 tones occurs, from a sample of the pixels. */
export function histogramOf({ data }: GrayImage): Uint32Array {
  const histogram = new Uint32Array(256);
  const step = data.length > LARGE ? STEP : 1;
  for (let i = 0; i < data.length; i += step) histogram[data[i]]++;
  return histogram;
}

/** The most frequent tone, neighbouring tones taken together: that of the paper. Of equals the lightest. */
export function paperTone(histogram: Uint32Array): number {
  let best = 0;
  let tone = 255;
  for (let value = 0; value < 256; value++) {
    let sum = 0;
    for (let near = Math.max(0, value - NEAR); near <= Math.min(255, value + NEAR); near++) sum += histogram[near];
    if (sum >= best) {
      best = sum;
      tone = value;
    }
  }
  return tone;
}

/**
 * The tone that parts dark from light best (N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", 1979): pixels
 * below it are ink.
 */
export function otsuThreshold(histogram: Uint32Array): number {
  let total = 0;
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    total += histogram[value];
    sum += value * histogram[value];
  }
  let best = -1;
  let threshold = 128;
  let dark = 0;
  let darkSum = 0;
  for (let value = 0; value < 255; value++) {
    dark += histogram[value];
    darkSum += value * histogram[value];
    const light = total - dark;
    if (dark === 0 || light === 0) continue;
    const apart = darkSum / dark - (sum - darkSum) / light;
    const spread = dark * light * apart * apart;
    if (spread > best) {
      best = spread;
      threshold = value + 1;
    }
  }
  return threshold;
}

/** The tone below which `share` (0..1) of the pixels lie. */
export function percentile(histogram: Uint32Array, share: number): number {
  let total = 0;
  for (const count of histogram) total += count;
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += histogram[value];
    if (seen >= share * total) return value;
  }
  return 255;
}
