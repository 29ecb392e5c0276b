import { elementsOf, readMarkup, type MarkupElement } from './markup.js';

/** The classes written here, each with the one it stands in and its properties (hOCR 1.2); `!` marks what must be there. */
const CLASSES: Readonly<Record<string, { parent: string; properties: Readonly<Record<string, RegExp>> }>> = {
  ocr_page: { parent: '', properties: { bbox: box(), 'ppageno!': /^\d+$/, scan_res: /^\d+ \d+$/ } },
  ocr_carea: { parent: 'ocr_page', properties: { 'bbox!': box() } },
  ocr_par: { parent: 'ocr_carea', properties: { 'bbox!': box() } },
  ocr_line: {
    parent: 'ocr_par',
    properties: { 'bbox!': box(), baseline: /^-?\d*(\.\d+)? -?\d+$/, textangle: /^(90|180|270)$/ },
  },
  ocrx_word: { parent: 'ocr_line', properties: { 'bbox!': box(), 'x_wconf!': /^(\d{1,2}|100)$/ } },
};

function box(): RegExp {
  return /^-?\d+ -?\d+ -?\d+ -?\d+$/;
}

/** What a document does not keep to of hOCR 1.2; nothing for a right one. */
export function hocrFaults(xml: string): string[] {
  const root = readMarkup(xml);
  const elements = [...elementsOf(root)];
  const metas = new Map(
    elements.filter(({ name }) => name === 'meta').map((meta) => [meta.attributes.get('name'), meta.attributes.get('content')]),
  );
  const faults: string[] = [];
  if (root.name !== 'html' || root.attributes.get('xmlns') !== 'http://www.w3.org/1999/xhtml') faults.push('it is no XHTML');
  if (!metas.get('ocr-system')) faults.push('it does not say what made it');
  const told = metas.get('ocr-capabilities')?.split(' ') ?? [];
  const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? []);
  if (new Set(ids).size !== ids.length) faults.push('an id is there twice');
  const visit = (element: MarkupElement, around: string): void => {
    const given = element.attributes.get('class') ?? '';
    if (given && !told.includes(given)) faults.push(`${given} is not among the capabilities`);
    if (given) faults.push(...faultsOf(element, given, around));
    for (const child of element.children) visit(child, given || around);
  };
  visit(root, '');
  return faults;
}

function faultsOf({ attributes }: MarkupElement, given: string, around: string): string[] {
  const rule = CLASSES[given];
  if (!rule) return [`${given} is no class known`];
  const faults = rule.parent === around ? [] : [`${given} stands in ${around || 'nothing'}`];
  const properties = (attributes.get('title') ?? '').split('; ').map((property) => {
    const [key = '', ...value] = property.split(' ');
    return [key, value.join(' ')] as const;
  });
  for (const [key, value] of properties) {
    const type = rule.properties[key] ?? rule.properties[`${key}!`];
    if (!type?.test(value)) faults.push(`${given} has ${key} ${value}`);
  }
  const keys = properties.map(([key]) => key);
  for (const key of Object.keys(rule.properties))
    if (key.endsWith('!') && !keys.includes(key.slice(0, -1))) faults.push(`${given} has no ${key.slice(0, -1)}`);
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = (new Map(properties).get('bbox') ?? '').split(' ').map(Number);
  if (x0 > x1 || y0 > y1) faults.push(`${given} has a box turned inside out`);
  return faults;
}
