import { describe, expect, it } from 'vitest';
import { visualOrder } from './visual-order.js';

describe('visual order', () => {
  it.each([
    ['left-to-right text stays', 'déjà-vu 12', 'déjà-vu 12'],
    ['Hebrew is turned round', 'שלום', 'םולש'],
    ['punctuation goes to the left of it', 'שלום,', ',םולש'],
    ['a number within keeps its order', 'א12.5', '12.5א'],
    ['Arabic-Indic digits too', 'م١٢', '١٢م'],
    ['a Latin run within keeps its order', 'הUSBב', 'בUSBה'],
  ])('%s', (_name, text, expected) => expect(visualOrder(text)).toBe(expected));
});
