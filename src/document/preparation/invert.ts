import type { GrayImage } from '../document.types.js';

/** Light writing on dark paper becomes dark writing on light paper. In place. */
export function invert({ data }: GrayImage): void {
  for (let i = 0; i < data.length; i++) data[i] = 255 - data[i];
}
