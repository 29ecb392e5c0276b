import { PDFName, PDFNumber, type PDFArray, type PDFDict } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';

/** The name under a key, wherever it lies in the file, or null. */
export async function nameOf(source: PdfSource, dict: PDFDict, key: string): Promise<string | null> {
  const value = await source.resolve(dict.get(PDFName.of(key)));
  return value instanceof PDFName ? value.decodeText() : null;
}

/** The number under a key, or null. */
export async function numberOf(source: PdfSource, dict: PDFDict, key: string): Promise<number | null> {
  const value = await source.resolve(dict.get(PDFName.of(key)));
  return value instanceof PDFNumber ? value.asNumber() : null;
}

/** An array's numbers; NaN for what is none. */
export async function numbersOf(source: PdfSource, array: PDFArray): Promise<number[]> {
  const items = await Promise.all(array.asArray().map((item) => source.resolve(item)));
  return items.map((item) => (item instanceof PDFNumber ? item.asNumber() : Number.NaN));
}
