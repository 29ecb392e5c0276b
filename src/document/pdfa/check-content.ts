import { PDFArray, PDFDict, PDFName, PDFRef, type PDFObject } from 'pdf-lib';
import { contentOperators } from '../write/content-operators.js';
import type { PdfSource } from '../write/pdf-source.js';
import type { Violations } from './rules.js';

/** All operators of ISO 32000-1 (annex A); inline images come as `EI`. */
const OPERATORS = new Set(
  'b B b* B* BDC BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i j J K k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y \' "'.split(
    ' ',
  ),
);
const SHOWS = new Set(['Tj', 'TJ', "'", '"']);
export const RENDERING_INTENTS = new Set(['RelativeColorimetric', 'AbsoluteColorimetric', 'Perceptual', 'Saturation']);
const INVISIBLE = '3';
const MOST_NESTED = 28;

interface TextState {
  font: PDFObject | undefined;
  mode: string;
}

/**
 * Checks one content stream: its operators, the colours it sets, inline images, the depth of its graphics states.
 * @returns the fonts text is visibly shown in
 */
export async function checkContent(
  data: Uint8Array,
  resources: PDFDict | null,
  source: PdfSource,
  violations: Violations,
): Promise<Set<PDFObject>> {
  const fonts = await source.dict(resources?.get(PDFName.of('Font')));
  const visible = new Set<PDFObject>();
  let state: TextState = { font: undefined, mode: '0' };
  const saved: TextState[] = [];
  for (const { name, operands, start, end } of contentOperators(data)) {
    const last = operands.at(-1) ?? '';
    violations.require(OPERATORS.has(name), '6.2.2', 'a content stream holds an unknown operator');
    if (name === 'q') saved.push({ ...state });
    else if (name === 'Q') state = saved.pop() ?? state;
    else if (name === 'Tr') state.mode = last;
    else if (name === 'Tf') state.font = fonts?.get(PDFName.of(decoded(operands.at(-2) ?? '')));
    else if (name === 'k' || name === 'K') violations.add('6.2.4', 'content is coloured in DeviceCMYK');
    else if (name === 'cs' || name === 'CS')
      violations.require(last !== '/DeviceCMYK', '6.2.4', 'content is coloured in DeviceCMYK');
    else if (name === 'ri')
      violations.require(RENDERING_INTENTS.has(last.slice(1)), '6.2.6', 'content has an unknown rendering intent');
    else if (name === 'EI') checkInlineImage(Buffer.from(data.subarray(start, end)).toString('latin1'), violations);
    if (SHOWS.has(name) && state.mode !== INVISIBLE && state.font) visible.add(state.font);
    violations.require(saved.length <= MOST_NESTED, '6.1.13', `graphics states are nested deeper than ${MOST_NESTED}`);
  }
  return visible;
}

function checkInlineImage(image: string, violations: Violations): void {
  const dict = image.slice(0, image.indexOf('ID'));
  violations.require(!/\/(LZW|LZWDecode)\b/.test(dict), '6.1.7', 'an inline image is packed with LZW');
  violations.require(!/\/(CMYK|DeviceCMYK)\b/.test(dict), '6.2.4', 'content is coloured in DeviceCMYK');
  violations.require(!/\/(I|Interpolate)\s+true\b/.test(dict), '6.2.8', 'an inline image is interpolated');
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
