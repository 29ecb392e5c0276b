import type { GrayImage } from '../document.types.js';
import { findDarkAreas, paperBeside, type DarkArea } from './dark-areas.js';

/**
 * Turns light writing on dark bands, boxes and pages into dark writing on paper like that around it. In place.
 * @param small the same as lookSmall gives it
 * @returns whether there was any
 */
export function invertAreas(image: GrayImage, small: GrayImage): boolean {
  const areas = findDarkAreas(small);
  if (areas.length === 0) return false;
  const paper = paperBeside(small, areas);
  for (const area of areas) invertArea(image, small, area, paper);
  return true;
}

function invertArea({ width, height, data, dpi }: GrayImage, small: GrayImage, area: DarkArea, paper: number): void {
  const scale = Math.round(dpi / small.dpi);
  const tones = tonesOf(area, paper);
  const middle = (area.tone + paper) / 2;
  for (let row = 0; row < area.height; row++) {
    const y0 = (area.y0 + row) * scale;
    // The small image has no pixel for the last few rows and columns.
    const y1 = area.y0 + row === small.height - 1 ? height : y0 + scale;
    for (let column = 0; column < area.width; column++) {
      const within = area.mask[row * area.width + column] === 1;
      if (!within && !isBeside(area, row, column)) continue;
      const x0 = (area.x0 + column) * scale;
      const x1 = area.x0 + column === small.width - 1 ? width : x0 + scale;
      for (let y = y0; y < y1; y++) {
        for (let at = y * width + x0, end = y * width + x1; at < end; at++) {
          // The area's edge runs through the pixels beside it.
          if (within) data[at] = tones[data[at]];
          else if (data[at] <= middle) data[at] = paper;
        }
      }
    }
  }
}

/** What becomes of each tone in the area. */
function tonesOf({ tone, hasDark, gain }: DarkArea, paper: number): Uint8ClampedArray {
  const tones = new Uint8ClampedArray(256);
  for (let value = 0; value < 256; value++) {
    const lighter = value - tone;
    // Noise stays noise about the paper; what is much darker is writing as well.
    const depth = hasDark && lighter < -28 ? -lighter : lighter;
    tones[value] = paper - depth * gain;
  }
  return tones;
}

function isBeside({ width, height, mask }: DarkArea, row: number, column: number): boolean {
  for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++)
    for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) if (mask[y * width + x] === 1) return true;
  return false;
}
