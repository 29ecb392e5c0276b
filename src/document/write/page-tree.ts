import { PDFArray, PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import type { PdfSource } from './pdf-source.js';
import { UnreadablePdf } from './unreadable-pdf.js';

const MAX_DEPTH = 100;

/** Attributes a page takes from the nodes above it when it has none of its own (ISO 32000-1, table 30). */
const INHERITABLE = ['Resources', 'MediaBox', 'CropBox', 'Rotate'] as const;
type Inherited = Partial<Record<(typeof INHERITABLE)[number], PDFObject>>;

export interface PageNode {
  /** 1-based. */
  page: number;
  ref: PDFRef;
  dict: PDFDict;
  /** The page's own attributes, or the inherited ones; not yet resolved. */
  attributes: Inherited;
}

/** The pages in order, read from the tree one by one. Throws UnreadablePdf on a broken, circular or absurdly deep tree. */
export async function* pagesOf(source: PdfSource): AsyncGenerator<PageNode> {
  const catalog = await source.dict(source.xref.trailer.get(PDFName.of('Root')));
  const root = catalog?.get(PDFName.of('Pages'));
  if (!root) throw new UnreadablePdf('The document has no page tree');
  let page = 0;
  for await (const leaf of walk(source, root, {}, [])) yield { page: ++page, ...leaf };
}

async function* walk(
  source: PdfSource,
  node: PDFObject,
  inherited: Inherited,
  path: readonly number[],
): AsyncGenerator<Omit<PageNode, 'page'>> {
  if (!(node instanceof PDFRef)) throw new UnreadablePdf('A page is not an indirect object');
  if (path.includes(node.objectNumber) || path.length > MAX_DEPTH) throw new UnreadablePdf('The page tree has no end');
  const dict = await source.dict(node);
  if (!dict) throw new UnreadablePdf('A page is missing');
  const attributes = { ...inherited };
  for (const name of INHERITABLE) {
    const own = dict.get(PDFName.of(name));
    if (own) attributes[name] = own;
  }
  const kids = await source.resolve(dict.get(PDFName.of('Kids')));
  if (!(kids instanceof PDFArray)) {
    yield { ref: node, dict, attributes };
    return;
  }
  for (const kid of kids.asArray()) yield* walk(source, kid, attributes, [...path, node.objectNumber]);
}
