import { PDFArray, PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import { pagesOf } from '../write/page-tree.js';
import { PdfSource } from '../write/pdf-source.js';
import { UnreadablePdf } from '../write/unreadable-pdf.js';
import { checkContent, contentOf } from './check-content.js';
import { checkCatalog, checkFile, checkPage } from './check-document.js';
import { checkFont, checkVisibleFont } from './check-fonts.js';
import { checkGraphicsState, checkObject, checkStream } from './check-objects.js';
import { nameOf } from './resolved.js';
import { Violations, type Violation } from './rules.js';

/**
 * Checks a file against the rules of PDF/A-2b named in `rules.ts`; an empty list means that none is broken. Reads everything that can be
 * reached from the catalog, one object at a time. A file that cannot be read breaks rule 6.1.7.
 */
export async function checkPdfA(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<Violation[]> {
  const violations = new Violations();
  let source: PdfSource | null = null;
  try {
    source = await PdfSource.open(path);
    await new Check(source, violations, options.signal).run();
  } catch (error) {
    if (!(error instanceof UnreadablePdf)) throw error;
    violations.add('6.1.7', `it cannot be read: ${error.message}`);
  } finally {
    await source?.close();
  }
  return violations.list;
}

/** Of a font: as one that text is visibly shown in. */
const VISIBLE = ' visible';

class Check {
  private readonly seen = new Set<number>();
  private readonly waiting: PDFRef[] = [];
  /** Fonts and graphics states that were looked at: by number, and how. */
  private readonly checked = new Set<string>();

  constructor(
    private readonly source: PdfSource,
    private readonly violations: Violations,
    private readonly signal?: AbortSignal,
  ) {}

  async run(): Promise<void> {
    const { source, violations } = this;
    await checkFile(source, violations);
    const { trailer } = source.xref;
    const catalog = await source.dict(trailer.get(PDFName.of('Root')));
    if (!catalog) throw new UnreadablePdf('The document has no catalog');
    await checkCatalog(catalog, source, violations);
    for await (const node of pagesOf(source)) {
      this.signal?.throwIfAborted();
      await checkPage(node, source, violations);
      const content = await contentOf(node.dict.get(PDFName.of('Contents')), source);
      await this.checkContent(content, await source.dict(node.dict.get(PDFName.of('Resources'))));
    }
    for (const key of ['Root', 'Info']) this.find(trailer.get(PDFName.of(key)));
    // checking an object finds the next ones
    for (const ref of this.waiting) {
      this.signal?.throwIfAborted();
      await this.checkReached(ref);
    }
  }

  private async checkReached(ref: PDFRef): Promise<void> {
    const { source, violations } = this;
    const { object, packed } = await source.object(ref);
    if (object === undefined) return;
    this.findIn(object);
    if (!(object instanceof PDFDict)) return checkObject(object, source, violations);
    if (packed) await checkStream(await source.directFilters(object), packed, source, violations);
    await checkObject(object, source, violations);
    await this.checkInUse(ref, object, packed !== null);
  }

  /** Content streams besides the pages' own, and fonts. */
  private async checkInUse(ref: PDFRef, dict: PDFDict, isStream: boolean): Promise<void> {
    const { source } = this;
    // forms, whether they say so or not, and patterns
    if (isStream && dict.has(PDFName.of('BBox'))) {
      await this.checkContent((await source.stream(ref)).data, await source.dict(dict.get(PDFName.of('Resources'))));
    }
    if ((await nameOf(source, dict, 'Type')) === 'Font' && this.isNew(ref)) await this.checkFont(dict);
  }

  private async checkFont(font: PDFDict): Promise<void> {
    const { source, violations } = this;
    await checkFont(font, source, violations);
    if ((await nameOf(source, font, 'Subtype')) !== 'Type3') return;
    const resources = await source.dict(font.get(PDFName.of('Resources')));
    const glyphs = await source.dict(font.get(PDFName.of('CharProcs')));
    for (const glyph of glyphs?.values() ?? []) await this.checkContent(await contentOf(glyph, source), resources);
  }

  private async checkContent(data: Uint8Array, resources: PDFDict | null): Promise<void> {
    const { source, violations } = this;
    const { fonts, visibleFonts, graphicsStates } = await checkContent(data, resources, source, violations);
    for (const font of fonts) {
      const [isNew, isNewlySeen] = [this.isNew(font), visibleFonts.has(font) && this.isNew(font, VISIBLE)];
      const dict = isNew || isNewlySeen ? await source.dict(font) : null;
      if (dict && isNew) await this.checkFont(dict);
      if (dict && isNewlySeen) await checkVisibleFont(dict, source, violations);
    }
    for (const state of graphicsStates) {
      const dict = this.isNew(state) ? await source.dict(state) : null;
      if (dict) await checkGraphicsState(dict, source, violations);
    }
  }

  /** True when asked of an object for the first time; always, of one that is no reference. */
  private isNew(object: PDFObject, how = ''): boolean {
    if (!(object instanceof PDFRef)) return true;
    const key = `${object.objectNumber}${how}`;
    const isNew = !this.checked.has(key);
    this.checked.add(key);
    return isNew;
  }

  private findIn(object: PDFObject): void {
    if (object instanceof PDFRef) this.find(object);
    else if (object instanceof PDFDict) for (const value of object.values()) this.findIn(value);
    else if (object instanceof PDFArray) for (const item of object.asArray()) this.findIn(item);
  }

  private find(object: PDFObject | undefined): void {
    if (!(object instanceof PDFRef) || this.seen.has(object.objectNumber)) return;
    this.seen.add(object.objectNumber);
    this.waiting.push(object);
  }
}
