/** An element of an XML document. */
export interface MarkupElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: MarkupElement[];
  /** Its own text, without that of its children. */
  text: string;
}

const TOKEN = /<!--[^]*?-->|<\?[^]*?\?>|<!DOCTYPE[^>]*>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
/** An ampersand that begins no reference. */
const LOOSE_AMPERSAND = /&(?!(?:lt|gt|amp|quot|apos|#\d+|#x[0-9A-Fa-f]+);)/;

/**
 * Reads an XML document into its elements, strictly: every byte must be part of it.
 * @throws Error that says where it is not well formed
 */
export function readMarkup(xml: string): MarkupElement {
  const root: MarkupElement = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xml.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(xml);
    if (!token || LOOSE_AMPERSAND.test(token[0])) throw new Error(`Not well formed: ${xml.slice(at, at + 80)}`);
    const [, close, name = '', attributes = '', empty, text] = token;
    const parent = open.at(-1) ?? root;
    if (text !== undefined) parent.text += text;
    else if (close) {
      if (open.pop()?.name !== name || parent === root) throw new Error(`</${name}> ends nothing`);
    } else if (name) {
      const given = [...attributes.matchAll(/([\w:.-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const);
      const element: MarkupElement = { name, attributes: new Map(given), children: [], text: '' };
      if (element.attributes.size !== given.length) throw new Error(`<${name}> has an attribute twice`);
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [only, ...more] = root.children;
  if (open.length > 1 || !only || more.length > 0 || root.text.trim() !== '') throw new Error('Not one whole element');
  return only;
}

/** The element and all within it, in the document's order. */
export function* elementsOf(element: MarkupElement): Generator<MarkupElement> {
  yield element;
  for (const child of element.children) yield* elementsOf(child);
}
