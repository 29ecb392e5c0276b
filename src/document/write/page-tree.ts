import { PDFArray, PDFDict, PDFName, PDFNumber, PDFRef, type PDFObject } from 'pdf-lib';
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

/** The streams of a page's content, in order. */
export async function contentStreams(source: PdfSource, page: PDFDict): Promise<PDFRef[]> {
  const contents = page.get(PDFName.of('Contents'));
  const resolved = await source.resolve(contents);
  const streams = resolved instanceof PDFArray ? resolved.asArray() : [contents];
  return streams.filter((stream) => stream instanceof PDFRef);
}

/**
 * One page, found by the counts of the tree's nodes instead of by walking through all pages before it. Null when there is no such page.
 * @param number 1-based
 * @throws UnreadablePdf on a broken tree
 */
export async function findPage(source: PdfSource, number: number): Promise<PageNode | null> {
  const catalog = await source.dict(source.xref.trailer.get(PDFName.of('Root')));
  let node = catalog?.get(PDFName.of('Pages'));
  let attributes: Inherited = {};
  let left = number - 1;
  for (let depth = 0; depth <= MAX_DEPTH && node instanceof PDFRef; depth++) {
    const dict: PDFDict | null = await source.dict(node);
    if (!dict) throw new UnreadablePdf('A page is missing');
    attributes = withOwn(attributes, dict);
    const kids = await source.resolve(dict.get(PDFName.of('Kids')));
    if (!(kids instanceof PDFArray)) return left === 0 ? { page: number, ref: node, dict, attributes } : null;
    [node, left] = await kidWith(source, kids, await countOf(source, dict), left);
  }
  return null;
}

/** The kid that holds the page after `left` others, and how many of these are within it. */
async function kidWith(
  source: PdfSource,
  kids: PDFArray,
  count: number | null,
  left: number,
): Promise<[kid: PDFObject | undefined, left: number]> {
  if (count === kids.size()) {
    // As many pages as kids: each is a page.
    const kid = kids.asArray()[left];
    if ((await source.dict(kid))?.has(PDFName.of('Kids'))) throw new UnreadablePdf('The counts of the page tree do not add up');
    return [kid, 0];
  }
  let rest = left;
  for (const kid of kids.asArray()) {
    const dict = await source.dict(kid);
    const pages = dict?.has(PDFName.of('Kids')) ? ((await countOf(source, dict)) ?? 0) : 1;
    if (rest < pages) return [kid, rest];
    rest -= pages;
  }
  return [undefined, 0];
}

async function countOf(source: PdfSource, dict: PDFDict): Promise<number | null> {
  const count = await source.resolve(dict.get(PDFName.of('Count')));
  return count instanceof PDFNumber ? count.asNumber() : null;
}

/** What a node's pages inherit, with what it says itself. */
function withOwn(inherited: Inherited, dict: PDFDict): Inherited {
  const attributes = { ...inherited };
  for (const name of INHERITABLE) {
    const own = dict.get(PDFName.of(name));
    if (own) attributes[name] = own;
  }
  return attributes;
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
  const attributes = withOwn(inherited, dict);
  const kids = await source.resolve(dict.get(PDFName.of('Kids')));
  if (!(kids instanceof PDFArray)) {
    yield { ref: node, dict, attributes };
    return;
  }
  for (const kid of kids.asArray()) yield* walk(source, kid, attributes, [...path, node.objectNumber]);
}
