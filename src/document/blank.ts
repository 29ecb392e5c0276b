import { findBorder } from './border.js';
import type { GrayImage } from './document.types.js';
import { hasFaintWriting } from './faint-writing.js';
import { countInk } from './ink-cells.js';

/** Share of ink that makes a window written on. Dust is smaller; one digit of 8-point print is more. */
const WRITTEN_SHARE = 0.08;
/**
 * Outermost share of the page that is not looked at: edges of the sheet and of the scanner's glass. Of rolls and long screenshots, of a page
 * twice as long as wide.
 */
const MARGIN_SHARE = 0.015;

/**
 * True when there is nothing to read on the page. Paper of any tone, scanner noise, dust, dark borders and what shines through count as
 * nothing; one short line, or a page number alone, is something, and so is a paragraph as faint as that, darker than its paper or lighter. In doubt a page is not blank: that costs a recognition,
 * the other mistake would cost text.
 */
export function isBlank(image: GrayImage, cells = countInk(image)): boolean {
  const { columns, rows, ink, size } = cells;
  const border = findBorder(image, cells);
  const marginX = Math.ceil((Math.min(image.width, 2 * image.height) * MARGIN_SHARE) / size);
  const marginY = Math.ceil((Math.min(image.height, 2 * image.width) * MARGIN_SHARE) / size);
  const written = WRITTEN_SHARE * 4 * size * size;
  for (let y = marginY; y + 1 < rows - marginY; y++) {
    for (let x = marginX; x + 1 < columns - marginX; x++) {
      const at = y * columns + x;
      const around = ink[at] + ink[at + 1] + ink[at + columns] + ink[at + columns + 1];
      if (around < written) continue;
      if (!border[at] && !border[at + 1] && !border[at + columns] && !border[at + columns + 1]) return false;
    }
  }
  return !hasFaintWriting(image, border, cells);
}
