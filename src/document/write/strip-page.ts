import { PDFArray, PDFName, PDFRef } from 'pdf-lib';
import type { PageNode } from './page-tree.js';
import type { PdfSource } from './pdf-source.js';
import { stripInvisibleText } from './strip-invisible-text.js';
import { UnreadablePdf } from './unreadable-pdf.js';

/**
 * The page's whole content without its invisible text, or null when it has none or its content cannot be read (it is then left
 * as it is). Invisible text in a form XObject goes when the form holds nothing else, as OCR programs make them.
 */
export async function contentWithoutInvisibleText(source: PdfSource, node: PageNode): Promise<Uint8Array | null> {
  try {
    const content = await contentOf(source, node);
    const invisible = await invisibleForms(source, node);
    const { data, changed } = stripInvisibleText(content, (name) => invisible.has(name));
    return changed ? data : null;
  } catch (error) {
    if (error instanceof UnreadablePdf) return null;
    throw error;
  }
}

/** The page's content streams as one: their ends are white space to the reader (ISO 32000-1, table 30). */
async function contentOf(source: PdfSource, node: PageNode): Promise<Uint8Array> {
  const contents = node.dict.get(PDFName.of('Contents'));
  const resolved = contents instanceof PDFRef ? await source.resolve(contents) : contents;
  const streams = resolved instanceof PDFArray ? resolved.asArray() : [contents];
  const parts: Uint8Array[] = [];
  for (const stream of streams) {
    if (stream instanceof PDFRef) parts.push((await source.stream(stream)).data, Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** Names of the form XObjects that hold invisible text and nothing else. */
async function invisibleForms(source: PdfSource, node: PageNode): Promise<Set<string>> {
  const names = new Set<string>();
  const resources = await source.dict(node.attributes.Resources);
  const xobjects = await source.dict(resources?.get(PDFName.of('XObject')));
  for (const [name, ref] of xobjects?.entries() ?? []) {
    const dict = await source.dict(ref);
    if (!(ref instanceof PDFRef) || dict?.get(PDFName.of('Subtype')) !== PDFName.of('Form')) continue;
    const { data } = await source.stream(ref);
    const { changed, visible } = stripInvisibleText(data, () => false);
    if (changed && !visible) names.add(name.decodeText());
  }
  return names;
}
