import { PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import type { IncrementalUpdate } from './incremental-update.js';
import { contentStreams, type PageNode } from './page-tree.js';
import type { PdfSource } from './pdf-source.js';
import { stripInvisibleText, type DrawnInstead } from './strip-invisible-text.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/** Forms nested deeper than this are no honest page. */
const MOST_NESTED = 16;

/** Forms by the names under which content draws them instead of others. */
export type NewForms = ReadonlyMap<string, PDFRef>;

/** A page's content without its invisible text. */
export interface StrippedPage {
  readonly data: Uint8Array;
  /** What the page's resources must name besides. */
  readonly forms: NewForms;
}

/**
 * Takes a document's pages their invisible text. Forms that hold nothing else go, as OCR programs make them; of forms that hold more, changed
 * copies are written, one for all pages that draw them.
 */
export class PageStripper {
  /** By number of the form and render mode it is drawn in. */
  private readonly known = new Map<string, 'stays' | 'goes' | PDFRef>();

  constructor(
    private readonly source: PdfSource,
    private readonly update: IncrementalUpdate,
  ) {}

  /** The page's whole content, or null when it has no invisible text or cannot be read: it is then left as it is. */
  async strip(node: PageNode): Promise<StrippedPage | null> {
    try {
      const content = await contentOf(this.source, node);
      const { data, changed, forms } = await this.stripContent(content, node.attributes.Resources, '0', 0);
      return changed ? { data, forms } : null;
    } catch (error) {
      if (error instanceof UnreadablePdf) return null;
      throw error;
    }
  }

  private async stripContent(content: Uint8Array, resources: PDFObject | undefined, mode: string, depth: number) {
    const xobjects = await this.source.dict((await this.source.dict(resources))?.get(PDFName.of('XObject')));
    const forms = new Map<string, PDFRef>();
    const drawn = async (name: string, drawnIn: string): Promise<DrawnInstead> => {
      const ref = xobjects?.get(PDFName.of(name));
      if (!(ref instanceof PDFRef) || depth === MOST_NESTED) return 'stays';
      const instead = await this.instead(ref, resources, drawnIn, depth + 1);
      if (!(instead instanceof PDFRef)) return instead;
      const newName = `Ocr${instead.objectNumber}`;
      forms.set(newName, instead);
      return { name: newName };
    };
    return { ...(await stripInvisibleText(content, { mode, drawn })), forms };
  }

  /** What is drawn instead of an XObject. @param outer resources of what draws it: a form's, when it has none of its own */
  private async instead(
    ref: PDFRef,
    outer: PDFObject | undefined,
    mode: string,
    depth: number,
  ): Promise<'stays' | 'goes' | PDFRef> {
    const key = `${ref.objectNumber} ${mode}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    // a form that draws itself
    this.known.set(key, 'stays');
    const dict = await this.source.dict(ref);
    if (dict?.get(PDFName.of('Subtype')) !== PDFName.of('Form')) return 'stays';
    const own = dict.get(PDFName.of('Resources'));
    const { data, changed, visible, forms } = await this.stripContent(
      (await this.source.stream(ref)).data,
      own ?? outer,
      mode,
      depth,
    );
    const instead = !changed ? 'stays' : visible ? await this.writeForm(dict, data, own ?? outer, forms) : 'goes';
    if (own) this.known.set(key, instead);
    else this.known.delete(key);
    return instead;
  }

  private async writeForm(form: PDFDict, data: Uint8Array, resources: PDFObject | undefined, forms: NewForms): Promise<PDFRef> {
    const copy = PDFDict.fromMapWithContext(new Map(form.asMap()), this.update.context);
    if (forms.size > 0) copy.set(PDFName.of('Resources'), await this.withForms(await this.source.dict(resources), forms));
    const ref = this.update.reserve();
    await this.update.rewriteStream(ref, copy, data);
    return ref;
  }

  /** A copy of resources that names these forms, too. */
  async withForms(resources: PDFDict | null, forms: NewForms): Promise<PDFDict> {
    const copyOf = (dict: PDFDict | null) => PDFDict.fromMapWithContext(new Map(dict?.asMap() ?? []), this.update.context);
    const copy = copyOf(resources);
    if (forms.size === 0) return copy;
    const xobjects = copyOf(await this.source.dict(copy.get(PDFName.of('XObject'))));
    for (const [name, ref] of forms) xobjects.set(PDFName.of(name), ref);
    copy.set(PDFName.of('XObject'), xobjects);
    return copy;
  }
}

/** The page's content streams as one: their ends are white space to the reader (ISO 32000-1, table 30). */
async function contentOf(source: PdfSource, node: PageNode): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const stream of await contentStreams(source, node.dict)) parts.push((await source.stream(stream)).data, Buffer.from('\n'));
  return Buffer.concat(parts);
}
