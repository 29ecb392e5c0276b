import { PDFArray, PDFName } from 'pdf-lib';
import type { PdfSource } from '../write/pdf-source.js';

/** Whether layers of the document are switched off, or may be, when it is looked at. In doubt they are. */
export async function hidesLayers(source: PdfSource | null): Promise<boolean> {
  if (source === null) return true;
  try {
    const catalog = await source.dict(source.xref.trailer.get(PDFName.of('Root')));
    const properties = await source.dict(catalog?.get(PDFName.of('OCProperties')));
    const usual = await source.dict(properties?.get(PDFName.of('D')));
    if (usual === null) return false;
    const lists = await Promise.all(['OFF', 'AS'].map((key) => source.resolve(usual.get(PDFName.of(key)))));
    const state = await source.resolve(usual.get(PDFName.of('BaseState')));
    return lists.some((list) => list instanceof PDFArray && list.size() > 0) || state === PDFName.of('OFF');
  } catch {
    return true;
  }
}
