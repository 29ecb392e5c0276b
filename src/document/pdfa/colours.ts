import { PDFArray, PDFName, type PDFObject } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';

/** The rendering intents there are. */
export const RENDERING_INTENTS: ReadonlySet<string> = new Set([
  'RelativeColorimetric',
  'AbsoluteColorimetric',
  'Perceptual',
  'Saturation',
]);

/** Bits a component of an image may have. */
export const DEPTHS: ReadonlySet<number> = new Set([1, 2, 4, 8, 16]);

/** Where the colour space that another is based on, or stands in for it, is in its array. */
const BASES: Readonly<Record<string, number>> = { Indexed: 1, Pattern: 1, Separation: 2, DeviceN: 2 };

/** True for DeviceCMYK, and for a colour space that is based on it. */
export async function isDeviceCmyk(space: PDFObject | undefined, source: PdfSource): Promise<boolean> {
  const resolved = await source.resolve(space);
  if (resolved instanceof PDFName) return resolved.decodeText() === 'DeviceCMYK';
  if (!(resolved instanceof PDFArray)) return false;
  const family = await source.resolve(resolved.asArray()[0]);
  if (!(family instanceof PDFName)) return false;
  const kind = family.decodeText();
  if (kind === 'DeviceCMYK') return resolved.size() === 1;
  const base = BASES[kind];
  if (base === undefined) return false;
  const based = await source.resolve(resolved.asArray()[base]);
  // one that is an array, in its turn, is looked at by itself
  return based instanceof PDFName && based.decodeText() === 'DeviceCMYK';
}
