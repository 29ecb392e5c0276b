import { PDFArray, PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import { pagesOf } from '../write/page-tree.js';
import type { PdfSource } from '../write/pdf-source.js';

/** Categories of resources that may hold content streams with resources of their own. */
const HOLDERS = ['XObject', 'Pattern', 'Font'] as const;

/**
 * The resources that forms, patterns and fonts without any of their own are drawn with: those of the page or form that names them, as viewers
 * take them and PDF/A forbids. What is named beside different resources is given none.
 */
export class LentResources {
  /** By number of what they are lent to. Null: it is lent different ones. */
  private readonly lent = new Map<number, PDFObject | null>();
  /** Numbers of resources, and of what is named in some and needs none lent. */
  private readonly done = new Set<number>();

  private constructor(private readonly source: PdfSource) {}

  static async of(source: PdfSource, signal?: AbortSignal): Promise<LentResources> {
    const lent = new LentResources(source);
    for await (const { dict, attributes } of pagesOf(source)) {
      signal?.throwIfAborted();
      const { Resources: resources } = attributes;
      if (!resources) continue;
      await lent.visitResources(resources);
      await lent.visitAppearances(dict, resources);
    }
    return lent;
  }

  /** Gives the object, which lies at `ref`, the resources it was lent. */
  addTo(object: PDFObject, ref: PDFRef): void {
    const resources = this.lent.get(ref.objectNumber);
    if (resources && object instanceof PDFDict) object.set(PDFName.of('Resources'), copyOf(resources, object.context));
  }

  private async visitResources(resources: PDFObject): Promise<void> {
    if (resources instanceof PDFRef && !this.isNew(resources)) return;
    const dict = await this.source.dict(resources);
    for (const category of HOLDERS) {
      const entries = await this.source.dict(dict?.get(PDFName.of(category)));
      for (const entry of entries?.values() ?? []) if (entry instanceof PDFRef) await this.visit(entry, resources);
    }
  }

  private async visitAppearances(page: PDFDict, resources: PDFObject): Promise<void> {
    const annotations = await this.source.resolve(page.get(PDFName.of('Annots')));
    for (const item of annotations instanceof PDFArray ? annotations.asArray() : []) {
      const appearance = await this.source.dict((await this.source.dict(item))?.get(PDFName.of('AP')));
      const normal = appearance?.get(PDFName.of('N'));
      const dict = await this.source.dict(normal);
      const states = dict?.has(PDFName.of('BBox')) ? [normal] : (dict?.values() ?? []);
      for (const state of states) if (state instanceof PDFRef) await this.visit(state, resources);
    }
  }

  private async visit(ref: PDFRef, resources: PDFObject): Promise<void> {
    const before = this.lent.get(ref.objectNumber);
    if (before !== undefined) {
      if (before?.toString() !== resources.toString()) this.lent.set(ref.objectNumber, null);
      return;
    }
    if (this.done.has(ref.objectNumber)) return;
    const dict = await this.source.dict(ref);
    const draws = dict !== null && (dict.has(PDFName.of('BBox')) || dict.has(PDFName.of('CharProcs')));
    const own = dict?.get(PDFName.of('Resources'));
    if (draws && !own) {
      this.lent.set(ref.objectNumber, resources);
      return;
    }
    this.done.add(ref.objectNumber);
    if (draws && own) await this.visitResources(own);
  }

  /** True when asked of it for the first time. */
  private isNew(ref: PDFRef): boolean {
    const isNew = !this.done.has(ref.objectNumber);
    this.done.add(ref.objectNumber);
    return isNew;
  }
}

/** The object's containers anew, its references the same. */
function copyOf(object: PDFObject, context: PDFDict['context']): PDFObject {
  if (object instanceof PDFDict) {
    return PDFDict.fromMapWithContext(new Map(object.entries().map(([key, value]) => [key, copyOf(value, context)])), context);
  }
  return object instanceof PDFArray ? context.obj(object.asArray().map((item) => copyOf(item, context))) : object;
}
