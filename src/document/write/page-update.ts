import { PDFArray, PDFDict, PDFName, PDFNumber, PDFRef, PDFStream, type PDFObject } from 'pdf-lib';
import { wordsOf, type PageResult } from '../page-result.js';
import { GlyphlessFont } from './glyphless-font.js';
import type { IncrementalUpdate } from './incremental-update.js';
import { CUTS } from './letter-reach.js';
import { displayToUserSpace, turnAbout } from './page-geometry.js';
import type { PageNode } from './page-tree.js';
import type { PdfSource } from './pdf-source.js';
import { short } from './short-number.js';
import { PageStripper, type NewForms } from './strip-page.js';
import { textLayer } from './text-layer.js';

const FONT_NAME = 'Ocr';
/** Degrees under which a page counts as straight. */
const LEAST_SKEW = 0.05;

/** Gives pages their text layers within one incremental update; all of a document's layers share one font. */
export class PageUpdater {
  private readonly font: GlyphlessFont;
  private readonly stripper: PageStripper;
  /** Shared /Resources by object number, with the references of their copies that know our font. */
  private readonly sharedResources = new Map<number, { ref: PDFRef; fontName: string }>();
  private readonly done = new Set<number>();
  private count = 0;

  constructor(
    private readonly source: PdfSource,
    private readonly update: IncrementalUpdate,
    private readonly options: { stripInvisibleText: boolean; rotatePages: boolean; deskew: boolean },
  ) {
    this.stripper = new PageStripper(source, update);
    this.font = new GlyphlessFont(CUTS.map(() => update.reserve()));
  }

  /** Number of pages that got a layer. */
  get layers(): number {
    return this.count;
  }

  /**
   * Writes the page's layer and its changed dictionary. The layer comes before the page's own content: being invisible it cannot be
   * covered or cover, and nothing the page does to its graphics state can move it. A page object used twice gets one layer.
   */
  async addLayer(node: PageNode, result: PageResult): Promise<void> {
    if (this.done.has(node.ref.objectNumber)) return;
    this.done.add(node.ref.objectNumber);
    const matrix = await displayToUserSpace(this.source, node, result);
    const stripped = this.options.stripInvisibleText ? await this.stripper.strip(node) : null;
    if (result.source === 'blank' && !stripped) return;
    const { resources, fontName } = await this.resourcesWithFont(node, stripped?.forms);
    const layer = textLayer(result, matrix, fontName, this.font);
    const straightening = this.options.deskew && (await this.canBeTurned(node, result)) ? turnAbout(result, matrix) : null;
    if (layer.length === 0 && !stripped && !straightening) return;
    const contents: PDFObject[] = [];
    if (layer.length > 0) contents.push(await this.newStream(layer));
    if (stripped) contents.push(await this.newStream(stripped.data));
    else for (const content of await this.contentsOf(node)) contents.push(content);
    if (straightening) {
      contents.unshift(await this.newStream(Buffer.from(`q ${straightening.map((value) => short(value, 6)).join(' ')} cm\n`)));
      contents.push(await this.newStream(Buffer.from('\nQ\n')));
    }
    const page = PDFDict.fromMapWithContext(new Map(node.dict.asMap()), this.update.context);
    page.set(PDFName.of('Contents'), this.update.context.obj(contents));
    page.set(PDFName.of('Resources'), resources);
    if (this.options.rotatePages && result.orientation !== 0 && !hasOwnText(result)) {
      page.set(PDFName.of('Rotate'), PDFNumber.of((result.rotation + result.orientation) % 360));
    }
    await this.update.writeObject(node.ref, page);
    this.count++;
  }

  /** Writes the font; no layer may be added afterwards. */
  async finish(): Promise<void> {
    await this.font.write(this.update);
  }

  private async newStream(data: Uint8Array): Promise<PDFRef> {
    const ref = this.update.reserve();
    await this.update.writeStream(ref, data);
    return ref;
  }

  /** Annotations would stay where they are. */
  private async canBeTurned(node: PageNode, result: PageResult): Promise<boolean> {
    if (Math.abs(result.skew) < LEAST_SKEW) return false;
    const annotations = await this.source.resolve(node.dict.get(PDFName.of('Annots')));
    if (annotations instanceof PDFArray && annotations.size() > 0) return false;
    return !hasOwnText(result);
  }

  /** The page's own content streams as references. */
  private async contentsOf(node: PageNode): Promise<PDFObject[]> {
    const contents = node.dict.get(PDFName.of('Contents'));
    if (contents instanceof PDFArray) return contents.asArray();
    if (!(contents instanceof PDFRef)) return contents instanceof PDFStream ? [contents] : [];
    const resolved = await this.source.resolve(contents);
    if (resolved instanceof PDFArray) return resolved.asArray();
    return resolved ? [contents] : [];
  }

  /**
   * A copy of the page's resources with our font; what several pages share (or inherit) is copied once. The copies hold references, so
   * they are small. A page that draws other forms than before gets one of its own.
   */
  private async resourcesWithFont(node: PageNode, forms?: NewForms): Promise<{ resources: PDFObject; fontName: string }> {
    const original = node.attributes.Resources;
    const isOwn = !(original instanceof PDFRef) || (forms !== undefined && forms.size > 0);
    const shared = isOwn ? undefined : this.sharedResources.get(original.objectNumber);
    if (shared) return { resources: shared.ref, fontName: shared.fontName };
    const resources = await this.stripper.withForms(await this.source.dict(original), forms ?? new Map());
    const fonts = copyOf(await this.source.dict(resources.get(PDFName.of('Font'))), this.update);
    const fontName = freeName(fonts);
    this.font.refs.forEach((ref, cut) => fonts.set(PDFName.of(`${fontName}${cut}`), ref));
    resources.set(PDFName.of('Font'), fonts);
    if (isOwn) return { resources, fontName };
    const ref = this.update.reserve();
    await this.update.writeObject(ref, resources);
    this.sharedResources.set(original.objectNumber, { ref, fontName });
    return { resources: ref, fontName };
  }
}

/** Such text is as upright, and as straight, as it is meant to be. */
function hasOwnText(result: PageResult): boolean {
  return [...wordsOf(result)].some((word) => word.own);
}

function copyOf(dict: PDFDict | null, update: IncrementalUpdate): PDFDict {
  return PDFDict.fromMapWithContext(new Map(dict?.asMap() ?? []), update.context);
}

/** What the names of our fonts can begin with, the cut's number behind it, on a page that has these fonts. */
function freeName(fonts: PDFDict): string {
  const isTaken = (name: string) => CUTS.some((cut) => fonts.has(PDFName.of(`${name}${cut}`)));
  let name = FONT_NAME;
  for (let i = 0; isTaken(name); i++) name = `${FONT_NAME}${i}x`;
  return name;
}
