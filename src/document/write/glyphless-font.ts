import { PDFString, type PDFRef } from 'pdf-lib';
import { ADVANCE, ASCENT, buildGlyphlessFont, DESCENT } from './glyphless-font-file.js';
import type { IncrementalUpdate } from './incremental-update.js';

const FONT_NAME = 'OcrQueueGlyphless';
const CODES = 0x10000;
/** Half surrogates are no characters, so their codes are free for the supplementary planes: 2,048 different ones a document. */
const FIRST_SPARE = 0xd800;
const LAST_SPARE = 0xdfff;
const REPLACEMENT = 0xfffd;

/**
 * The document's one font: a Type0 font whose two-byte codes are the characters of the basic plane themselves, all with the
 * same glyph that marks nothing. Characters of the other planes get spare codes as they come. ToUnicode tells readers what each code means.
 */
export class GlyphlessFont {
  private readonly spare = new Map<number, number>();
  /** High bytes of the basic-plane codes in use: ToUnicode names only those. */
  private readonly highBytes = new Set<number>();

  constructor(readonly ref: PDFRef) {}

  /** The text as big-endian two-byte codes. Beyond 2,048 different supplementary characters in a document: U+FFFD. */
  encode(text: string): Buffer {
    const codes: number[] = [];
    for (const character of text) codes.push(this.codeOf(character.codePointAt(0) ?? REPLACEMENT));
    const bytes = Buffer.alloc(codes.length * 2);
    codes.forEach((code, i) => bytes.writeUInt16BE(code, i * 2));
    return bytes;
  }

  /** Writes the font's six objects; call it last, when every text was encoded. */
  async write(update: IncrementalUpdate): Promise<void> {
    const [descendant, descriptor, fontFile, cidToGid, toUnicode] = Array.from({ length: 5 }, () => update.reserve()) as [
      PDFRef,
      PDFRef,
      PDFRef,
      PDFRef,
      PDFRef,
    ];
    const file = buildGlyphlessFont();
    const { context } = update;
    await update.writeStream(fontFile, file, { Length1: file.length });
    await update.writeStream(cidToGid, new Uint8Array(CODES * 2));
    await update.writeStream(toUnicode, Buffer.from(this.toUnicode(), 'latin1'));
    await update.writeObject(
      descriptor,
      update.dict({
        Type: 'FontDescriptor',
        FontName: FONT_NAME,
        Flags: 5, // fixed pitch, symbolic
        FontBBox: context.obj([0, DESCENT, ADVANCE, ASCENT]),
        ItalicAngle: 0,
        Ascent: ASCENT,
        Descent: DESCENT,
        CapHeight: ASCENT,
        StemV: 80,
        FontFile2: fontFile,
      }),
    );
    await update.writeObject(
      descendant,
      update.dict({
        Type: 'Font',
        Subtype: 'CIDFontType2',
        BaseFont: FONT_NAME,
        CIDSystemInfo: context.obj({ Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 }),
        FontDescriptor: descriptor,
        DW: ADVANCE,
        CIDToGIDMap: cidToGid,
      }),
    );
    await update.writeObject(
      this.ref,
      update.dict({
        Type: 'Font',
        Subtype: 'Type0',
        BaseFont: FONT_NAME,
        Encoding: 'Identity-H',
        DescendantFonts: context.obj([descendant]),
        ToUnicode: toUnicode,
      }),
    );
  }

  private codeOf(codePoint: number): number {
    const isHalfSurrogate = codePoint >= FIRST_SPARE && codePoint <= LAST_SPARE;
    if (codePoint < CODES && !isHalfSurrogate) return this.basic(codePoint);
    const known = this.spare.get(codePoint);
    if (known !== undefined) return known;
    const code = FIRST_SPARE + this.spare.size;
    if (isHalfSurrogate || code > LAST_SPARE) return this.basic(REPLACEMENT);
    this.spare.set(codePoint, code);
    return code;
  }

  private basic(code: number): number {
    this.highBytes.add(code >> 8);
    return code;
  }

  /** The ToUnicode CMap (ISO 32000-1 §9.10.3). A range must stay within one high byte, and a block within 100 entries. */
  private toUnicode(): string {
    const ranges = [...this.highBytes]
      .sort((a, b) => a - b)
      .map((high) => `<${hex(high, 2)}00> <${hex(high, 2)}FF> <${hex(high, 2)}00>`);
    const characters = [...this.spare].map(([codePoint, code]) => `<${hex(code, 4)}> <${utf16(codePoint)}>`);
    return [
      '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
      '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def',
      '/CMapName /Adobe-Identity-UCS def /CMapType 2 def',
      '1 begincodespacerange <0000> <FFFF> endcodespacerange',
      ...blocks(ranges, 'bfrange'),
      ...blocks(characters, 'bfchar'),
      'endcmap CMapName currentdict /CMap defineresource pop end end',
    ].join('\n');
  }
}

function blocks(entries: string[], operator: string): string[] {
  const lines: string[] = [];
  for (let i = 0; i < entries.length; i += 100) {
    const block = entries.slice(i, i + 100);
    lines.push(`${block.length} begin${operator}`, ...block, `end${operator}`);
  }
  return lines;
}

function utf16(codePoint: number): string {
  return [...Array(2).keys()].map((i) => hex(String.fromCodePoint(codePoint).charCodeAt(i), 4)).join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
