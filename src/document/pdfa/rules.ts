/** What is checked of PDF/A-2b, by clause of ISO 19005-2. `docs/formats.md` lists the same. */
export const RULES = {
  '6.1.2': 'The file begins with %PDF-1.n and a comment of four bytes above 127',
  '6.1.3': 'The trailer has an ID, nothing is encrypted, and nothing follows the last %%EOF',
  '6.1.6': 'Hexadecimal strings hold an even number of digits',
  '6.1.7': 'Streams are as long as they say, lie in the file itself, and use filters of ISO 32000-1 other than LZW and Crypt',
  '6.1.12': 'The permissions dictionary holds nothing but UR3 and DocMDP',
  '6.1.13': 'Numbers, strings, names, nesting of graphics states and the boxes of pages are within bounds',
  '6.2.2': 'Content streams hold operators of ISO 32000-1 alone, and name their own resources',
  '6.2.3': 'One output intent GTS_PDFA1 with an embedded RGB profile',
  '6.2.4': 'ICC profiles fit their colour spaces; no DeviceCMYK; spot colours of DeviceN are described',
  '6.2.5': 'No transfer functions and halftones in graphics states',
  '6.2.6': 'Rendering intents are of the four there are',
  '6.2.8': 'Images have no alternates, are not interpolated, and have a usual depth; JPEG 2000 has 1, 3 or 4 channels',
  '6.2.9': 'No PostScript, references to other files, or OPI in XObjects',
  '6.2.10': 'Blend modes are those of ISO 32000-1',
  '6.2.11': 'Fonts of visible text are embedded; composite fonts have CIDToGIDMap and an embedded or predefined CMap',
  '6.3': 'Annotations are of the kinds allowed, are printed, and have an appearance',
  '6.4': 'Forms have no XFA, need no appearances made, start no actions, and hold no signatures over other bytes',
  '6.5': 'No actions but the harmless ones, and none that events start',
  '6.6': 'The metadata say PDF/A-2b and the same as the information dictionary',
  '6.8': 'No embedded files',
  '6.9': 'Configurations of layers have names of their own, list all layers, and have no automatic states',
  '6.10': 'No alternate presentations and page transitions by script',
  '6.11': 'No requirements',
} as const;

export type Rule = keyof typeof RULES;

/** One rule broken. */
export interface Violation {
  rule: Rule;
  /** What is wrong, in words, without the rule's number. */
  detail: string;
}

/** The rules broken, each way of breaking one told once. */
export class Violations {
  private readonly found = new Map<string, Violation>();

  add(rule: Rule, detail: string): void {
    this.found.set(`${rule} ${detail}`, { rule, detail });
  }

  require(holds: boolean, rule: Rule, detail: string): void {
    if (!holds) this.add(rule, detail);
  }

  get list(): Violation[] {
    return [...this.found.values()];
  }
}
