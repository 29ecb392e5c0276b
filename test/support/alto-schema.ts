import { elementsOf, readMarkup, type MarkupElement } from './markup.js';

const ID = /^[A-Za-z_][\w.-]*$/;
const FLOAT = /^-?\d+(\.\d+)?$/;
const FRACTION = /^(0(\.\d+)?|1(\.0+)?)$/;
const TEXT = /^[^]*$/;
const PLACE = { HPOS: FLOAT, VPOS: FLOAT, WIDTH: FLOAT, HEIGHT: FLOAT };
const BLOCK = { 'ID!': ID, ...PLACE };

interface ElementRule {
  /** The names of the children, one after the other, each with a space behind it. */
  children: RegExp;
  /** Type of each attribute there may be; `!` marks what must be there. */
  attributes: Readonly<Record<string, RegExp>>;
  /** What the element's own text must be; white space where nothing is said. */
  text?: RegExp;
}

/**
 * What version 4.4 of the ALTO schema (https://www.loc.gov/standards/alto/v4/alto-4-4.xsd) says of the elements written here: their order, which
 * attributes there are and which must be, and their types.
 */
const RULES: Readonly<Record<string, ElementRule>> = {
  alto: {
    children: /^(Description )?(Styles )?(Tags )?(ReadingOrder )?Layout $/,
    attributes: {
      'xmlns!': /^http:\/\/www\.loc\.gov\/standards\/alto\/ns-v4#$/,
      'xmlns:xsi': /^http:\/\/www\.w3\.org\/2001\/XMLSchema-instance$/,
      'xsi:schemaLocation': /^http:\/\/www\.loc\.gov\/standards\/alto\/ns-v4# \S+alto-4-4\.xsd$/,
      SCHEMAVERSION: /^4\.4$/,
    },
  },
  Description: { children: /^MeasurementUnit (sourceImageInformation )?(OCRProcessing )*(Processing )*$/, attributes: {} },
  MeasurementUnit: { children: /^$/, attributes: {}, text: /^(pixel|mm10|inch1200)$/ },
  sourceImageInformation: { children: /^(fileName )?(fileIdentifier )*(documentIdentifier )*$/, attributes: {} },
  fileName: { children: /^$/, attributes: {}, text: TEXT },
  Processing: {
    children:
      /^(processingCategory )?(processingDateTime )?(processingAgency )?(processingStepDescription )*(processingStepSettings )?(processingSoftware )?$/,
    attributes: { 'ID!': ID },
  },
  processingSoftware: {
    children: /^(softwareCreator )?(softwareName )?(softwareVersion )?(applicationDescription )?$/,
    attributes: {},
  },
  softwareName: { children: /^$/, attributes: {}, text: TEXT },
  applicationDescription: { children: /^$/, attributes: {}, text: TEXT },
  Layout: { children: /^(Page )+$/, attributes: {} },
  Page: {
    children: /^(TopMargin )?(LeftMargin )?(RightMargin )?(BottomMargin )?(PrintSpace )?$/,
    attributes: {
      'ID!': ID,
      'PHYSICAL_IMG_NR!': FLOAT,
      WIDTH: FLOAT,
      HEIGHT: FLOAT,
      PROCESSING: ID,
      PC: FRACTION,
      PAGECLASS: TEXT,
    },
  },
  PrintSpace: { children: /^((ComposedBlock|TextBlock) )*$/, attributes: PLACE },
  ComposedBlock: { children: /^((ComposedBlock|TextBlock) )*$/, attributes: BLOCK },
  TextBlock: { children: /^(TextLine )*$/, attributes: BLOCK },
  TextLine: {
    children: /^(String (SP )?)+(HYP )?$/,
    attributes: { ID, ...PLACE, BASELINE: /^-?\d+(\.\d+)?,-?\d+(\.\d+)?( -?\d+(\.\d+)?,-?\d+(\.\d+)?)*$/ },
  },
  String: { children: /^$/, attributes: { ID, ...PLACE, 'CONTENT!': TEXT, WC: FRACTION } },
  SP: { children: /^$/, attributes: { ID, HPOS: FLOAT, VPOS: FLOAT, WIDTH: FLOAT } },
};

/** Attributes that name the ID of another element. */
const REFERENCES = ['PROCESSING'];

/** What a document does not keep to of ALTO 4.4; nothing for a valid one. */
export function altoFaults(xml: string): string[] {
  const root = readMarkup(xml);
  const elements = [...elementsOf(root)];
  const ids = elements.flatMap(({ attributes }) => attributes.get('ID') ?? []);
  const known = new Set(ids);
  const dangling = elements.flatMap(({ attributes }) =>
    REFERENCES.flatMap((key) => attributes.get(key) ?? []).filter((id) => !known.has(id)),
  );
  return [
    ...(root.name === 'alto' ? [] : [`the document is a ${root.name}`]),
    ...(known.size === ids.length ? [] : ['an ID is there twice']),
    ...dangling.map((id) => `${id} is no ID`),
    ...elements.flatMap(faultsOf),
  ];
}

function faultsOf({ name, attributes, children, text }: MarkupElement): string[] {
  const rule = RULES[name];
  if (!rule) return [`${name} is no element known`];
  const faults: string[] = [];
  const order = children.map((child) => `${child.name} `).join('');
  if (!rule.children.test(order)) faults.push(`${name} holds ${order || 'nothing'}`);
  if (!(rule.text ?? /^\s*$/).test(text)) faults.push(`${name} has the text ${text}`);
  for (const [key, value] of attributes) {
    const type = rule.attributes[key] ?? rule.attributes[`${key}!`];
    if (!type?.test(value)) faults.push(`${name} has ${key}="${value}"`);
  }
  for (const key of Object.keys(rule.attributes))
    if (key.endsWith('!') && !attributes.has(key.slice(0, -1))) faults.push(`${name} has no ${key.slice(0, -1)}`);
  return faults;
}
