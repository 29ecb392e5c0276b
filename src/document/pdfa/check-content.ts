import { PDFArray, PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import { contentOperators, type ContentOperator } from '../write/content-operators.js';
import type { PdfSource } from '../write/pdf-source.js';
import { checkOperands } from './check-operands.js';
import { DEPTHS, isDeviceCmyk, RENDERING_INTENTS } from './colours.js';
import type { Violations } from './rules.js';

/** All operators of ISO 32000-1 (annex A); inline images come as `EI`. */
const OPERATORS = new Set(
  'b B b* B* BDC BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i j J K k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y \' "'.split(
    ' ',
  ),
);
const SHOWS = new Set(['Tj', 'TJ', "'", '"']);
/** Colour spaces with a name of their own; all others are resources. */
const NAMED_SPACES = new Set(['DeviceGray', 'DeviceRGB', 'DeviceCMYK', 'Pattern']);
/** The same, and how inline images shorten them. */
const INLINE_SPACES = new Set([...NAMED_SPACES, 'G', 'RGB', 'CMYK', 'Indexed', 'I']);
const INVISIBLE = '3';
const MOST_NESTED = 28;

interface TextState {
  font: PDFObject | undefined;
  mode: string;
}

/** What a content stream makes use of. */
export interface ContentUse {
  /** Fonts that text is shown in. */
  readonly fonts: ReadonlySet<PDFObject>;
  /** Those of them in which it is seen. */
  readonly visibleFonts: ReadonlySet<PDFObject>;
  /** Graphics states that are set. */
  readonly graphicsStates: ReadonlySet<PDFObject>;
}

/**
 * Checks one content stream: its operators and operands, that its resources are its own, the colours it sets, inline images, the depth of its
 * graphics states.
 */
export function checkContent(
  data: Uint8Array,
  resources: PDFDict | null,
  source: PdfSource,
  violations: Violations,
): Promise<ContentUse> {
  return new ContentCheck(resources, source, violations).run(data);
}

class ContentCheck implements ContentUse {
  readonly fonts = new Set<PDFObject>();
  readonly visibleFonts = new Set<PDFObject>();
  readonly graphicsStates = new Set<PDFObject>();
  /** Resources by category. */
  private readonly categories = new Map<string, PDFDict | null>();
  private state: TextState = { font: undefined, mode: '0' };

  constructor(
    private readonly resources: PDFDict | null,
    private readonly source: PdfSource,
    private readonly violations: Violations,
  ) {}

  async run(data: Uint8Array): Promise<ContentUse> {
    const { violations } = this;
    const saved: TextState[] = [];
    for (const operator of contentOperators(data)) {
      const { name, operands } = operator;
      violations.require(OPERATORS.has(name), '6.2.2', 'a content stream holds an unknown operator');
      checkOperands(operands, violations);
      if (name === 'q') saved.push({ ...this.state });
      else if (name === 'Q') this.state = saved.pop() ?? this.state;
      else if (SHOWS.has(name)) this.show();
      else await this.perform(operator);
      violations.require(saved.length <= MOST_NESTED, '6.1.13', `graphics states are nested deeper than ${MOST_NESTED}`);
    }
    return this;
  }

  private async perform({ name, operands }: ContentOperator): Promise<void> {
    const { violations, state } = this;
    const last = operands.at(-1) ?? '';
    switch (name) {
      case 'Tr':
        state.mode = last;
        return;
      case 'Tf':
        state.font = await this.resource('Font', operands.at(-2));
        return;
      case 'gs':
        return this.setGraphicsState(last);
      case 'Do':
        await this.resource('XObject', last);
        return;
      case 'sh':
        await this.resource('Shading', last);
        return;
      case 'BDC':
      case 'DP':
        if (last.startsWith('/')) await this.resource('Properties', last);
        return;
      case 'scn':
      case 'SCN':
        if (last.startsWith('/')) await this.resource('Pattern', last);
        return;
      case 'k':
      case 'K':
        violations.add('6.2.4', 'content is coloured in DeviceCMYK');
        return;
      case 'cs':
      case 'CS':
        return this.checkSpace(last, NAMED_SPACES);
      case 'ri':
        violations.require(RENDERING_INTENTS.has(last.slice(1)), '6.2.6', 'content has an unknown rendering intent');
        return;
      case 'EI':
        return this.checkInlineImage(operands);
    }
  }

  private show(): void {
    const { font, mode } = this.state;
    if (font) this.fonts.add(font);
    if (mode === INVISIBLE) return;
    // a form may show text in a font of the page that draws it, which is not looked for
    this.violations.require(font !== undefined, '6.2.11', 'text is shown in a font its content does not name');
    if (font) this.visibleFonts.add(font);
  }

  private async setGraphicsState(name: string): Promise<void> {
    const object = await this.resource('ExtGState', name);
    if (!object) return;
    this.graphicsStates.add(object);
    const font = await this.source.resolve((await this.source.dict(object))?.get(PDFName.of('Font')));
    if (font instanceof PDFArray) this.state.font = font.get(0);
  }

  private async checkSpace(operand: string, known: ReadonlySet<string>): Promise<void> {
    const name = decoded(operand);
    const space = known.has(name)
      ? PDFName.of(name === 'CMYK' ? 'DeviceCMYK' : name)
      : await this.resource('ColorSpace', operand);
    this.violations.require(!(await isDeviceCmyk(space, this.source)), '6.2.4', 'content is coloured in DeviceCMYK');
  }

  private async checkInlineImage(operands: readonly string[]): Promise<void> {
    const { violations } = this;
    const valueOf = (...keys: string[]) => operands[operands.findIndex((operand) => keys.includes(operand)) + 1] ?? '';
    const has = (...keys: string[]) => operands.some((operand) => keys.includes(operand));
    const filters = has('/F', '/Filter') ? valueOf('/F', '/Filter') : '';
    violations.require(!/\/(LZW|LZWDecode|Crypt)\b/.test(filters), '6.1.7', 'an inline image is packed with LZW or Crypt');
    violations.require(
      !(has('/I', '/Interpolate') && valueOf('/I', '/Interpolate') === 'true'),
      '6.2.8',
      'an inline image is interpolated',
    );
    if (has('/BPC', '/BitsPerComponent')) {
      const depth = Number(valueOf('/BPC', '/BitsPerComponent'));
      violations.require(DEPTHS.has(depth), '6.2.8', 'an image has an unusual depth');
    }
    if (has('/Intent')) {
      violations.require(RENDERING_INTENTS.has(valueOf('/Intent').slice(1)), '6.2.6', 'content has an unknown rendering intent');
    }
    if (!has('/CS', '/ColorSpace')) return;
    const space = valueOf('/CS', '/ColorSpace');
    // an indexed one is written out, its base a name
    for (const name of space.startsWith('[') ? (space.match(/\/[^\s/[\]<>()]+/g) ?? []) : [space])
      await this.checkSpace(name, INLINE_SPACES);
  }

  /** What a name means here. @param operand with its slash, as it is written */
  private async resource(category: string, operand: string | undefined): Promise<PDFObject | undefined> {
    const held = this.categories.get(category);
    const dict = held === undefined ? await this.source.dict(this.resources?.get(PDFName.of(category))) : held;
    this.categories.set(category, dict);
    const object = dict?.get(PDFName.of(decoded(operand ?? '')));
    this.violations.require(object !== undefined, '6.2.2', 'content names a resource that is not its own');
    return object;
  }
}

/** A page's content streams as one, or the one of a form or pattern. */
export async function contentOf(object: PDFObject | undefined, source: PdfSource): Promise<Uint8Array> {
  const resolved = object instanceof PDFRef ? await source.resolve(object) : object;
  const streams = resolved instanceof PDFArray ? resolved.asArray() : [object];
  const parts: Uint8Array[] = [];
  for (const stream of streams) if (stream instanceof PDFRef) parts.push((await source.stream(stream)).data, Buffer.from('\n'));
  return Buffer.concat(parts);
}

function decoded(name: string): string {
  return name.slice(1).replace(/#([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
