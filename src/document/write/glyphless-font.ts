import { PDFString, type PDFRef } from 'pdf-lib';
import { ASCENT, buildGlyphlessFont, DESCENT } from './glyphless-font-file.js';
import { cmapBlocks, hex, glyphlessCMap } from './glyphless-cmaps.js';
import type { IncrementalUpdate } from './incremental-update.js';
import { letterWidth, USUAL_WIDTH } from './letter-widths.js';

const FONT_NAME = 'OcrQueue';
/** Codes of one byte that ASCII leaves free, and the first byte of codes of two. */
const FIRST_FREE = 0x80;
const FIRST_LEAD = 0xc0;
/** CIDs of one-byte codes are the codes themselves; two-byte ones follow. */
const FIRST_LONG_CID = 0x100;
const LONG_CODES = (0x100 - FIRST_LEAD) << 8;
const REPLACEMENT = '\ufffd';

interface FontParts {
  /** Width of each CID in use. */
  widths: ReadonlyMap<number, number>;
  /** Width of each glyph; the first is .notdef. */
  glyphWidths: readonly number[];
  /** Glyph of each CID. */
  glyphs: number[];
  toUnicode: PDFRef;
}

/**
 * The document's one font, its glyphs marking nothing. Printable ASCII has its own codes of one byte; of the other
 * characters, the first 64 of a document get one byte, and 16,384 more get two, so that a layer is as small as its text. ToUnicode tells
 * readers what each code means.
 */
export class GlyphlessFont {
  /** Code by character, of those outside ASCII; codes from 0xC000 on have two bytes. */
  private readonly codes = new Map<string, number>();
  private readonly usedAscii = new Set<number>();

  constructor(readonly ref: PDFRef) {}

  /** The text's codes. Beyond the number of characters there are codes for: U+FFFD. */
  encode(text: string): Buffer {
    const bytes: number[] = [];
    for (const character of text) {
      const code = this.codeOf(character);
      if (code > 0xff) bytes.push(code >> 8);
      bytes.push(code & 0xff);
    }
    return Buffer.from(bytes);
  }

  /** The text's width at font size 1. */
  widthOf(text: string): number {
    let width = 0;
    for (const character of text) width += letterWidth(character);
    return width / 1000;
  }

  /**
   * Writes the font's objects; call it last, when every text was encoded. When one byte was enough for all characters, as in nearly every
   * document, that is a simple font: half the bytes of a composite one.
   */
  async write(update: IncrementalUpdate): Promise<void> {
    const widths = this.widthsByCid();
    const glyphWidths = [USUAL_WIDTH, ...new Set(widths.values())];
    const glyphs = glyphsByCid(widths, glyphWidths);
    const toUnicode = update.reserve();
    await update.writeStream(toUnicode, Buffer.from(this.toUnicode(), 'latin1'));
    if (this.hasLongCodes) await this.writeComposite(update, { widths, glyphWidths, glyphs, toUnicode });
    else await this.writeSimple(update, { widths, glyphWidths, glyphs, toUnicode });
  }

  private async writeSimple(update: IncrementalUpdate, { widths, glyphWidths, glyphs, toUnicode }: FontParts): Promise<void> {
    const codes = new Uint8Array(0x100);
    codes.set(glyphs);
    const first = Math.min(...widths.keys());
    const list = Array.from({ length: glyphs.length - first }, (_, i) => widths.get(first + i) ?? 0);
    const font = update.dict({
      Type: 'Font',
      Subtype: 'TrueType',
      BaseFont: FONT_NAME,
      FirstChar: first,
      LastChar: glyphs.length - 1,
      Widths: update.context.obj(list),
      FontDescriptor: await writeDescriptor(update, glyphWidths, codes),
      ToUnicode: toUnicode,
    });
    await update.writeObject(this.ref, font);
  }

  private async writeComposite(update: IncrementalUpdate, { widths, glyphWidths, glyphs, toUnicode }: FontParts): Promise<void> {
    const { context } = update;
    const [cidToGid, encoding] = [update.reserve(), update.reserve()];
    const systemInfo = context.obj({ Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 });
    await update.writeStream(cidToGid, Uint8Array.from(glyphs.flatMap((glyph) => [0, glyph])));
    await update.writeStream(encoding, Buffer.from(this.encodingCMap(), 'latin1'), {
      Type: 'CMap',
      CMapName: FONT_NAME,
      CIDSystemInfo: systemInfo,
      WMode: 0,
    });
    const descendant = update.dict({
      Type: 'Font',
      Subtype: 'CIDFontType2',
      BaseFont: FONT_NAME,
      CIDSystemInfo: systemInfo,
      FontDescriptor: await writeDescriptor(update, glyphWidths),
      DW: USUAL_WIDTH,
      W: context.obj(widthRuns(widths).flatMap(({ first, run }) => [first, context.obj(run)])),
      CIDToGIDMap: cidToGid,
    });
    const font = { Type: 'Font', Subtype: 'Type0', BaseFont: FONT_NAME, Encoding: encoding, ToUnicode: toUnicode };
    await update.writeObject(this.ref, update.dict({ ...font, DescendantFonts: context.obj([descendant]) }));
  }

  private get hasLongCodes(): boolean {
    return this.codes.size > FIRST_LEAD - FIRST_FREE;
  }

  private codeOf(character: string): number {
    const ascii = character.charCodeAt(0);
    if (ascii >= 0x20 && ascii < 0x7f) {
      this.usedAscii.add(ascii);
      return ascii;
    }
    const known = this.codes.get(character);
    if (known !== undefined) return known;
    const short = FIRST_FREE + this.codes.size;
    const long = (FIRST_LEAD << 8) + this.codes.size - (FIRST_LEAD - FIRST_FREE);
    const isFull = long >= (FIRST_LEAD << 8) + LONG_CODES - 1;
    const isHalfSurrogate = character.length === 1 && /\p{Surrogate}/u.test(character);
    if ((isFull || isHalfSurrogate) && character !== REPLACEMENT) return this.codeOf(REPLACEMENT);
    const code = short < FIRST_LEAD ? short : long;
    this.codes.set(character, code);
    return code;
  }

  /** The width of each CID in use, in rising order. */
  private widthsByCid(): Map<number, number> {
    const ascii = [...this.usedAscii].map((code) => [code, letterWidth(String.fromCharCode(code))] as const);
    const others = [...this.codes].map(([character, code]) => [cidOf(code), letterWidth(character)] as const);
    return new Map([...ascii, ...others].sort(([a], [b]) => a - b));
  }

  /** The CMap from codes to CIDs (ISO 32000-1 §9.7.5.4). A range must stay within one first byte. */
  private encodingCMap(): string {
    const longCodes = this.codes.size - (FIRST_LEAD - FIRST_FREE);
    const ranges = [`<00> <${hex(FIRST_LEAD - 1, 2)}> 0`];
    for (let i = 0; i < longCodes; i += 0x100) {
      const lead = hex(FIRST_LEAD + (i >> 8), 2);
      ranges.push(`<${lead}00> <${lead}FF> ${FIRST_LONG_CID + i}`);
    }
    return glyphlessCMap(FONT_NAME, 'Identity', 1, cmapBlocks(ranges, 'cidrange'), true);
  }

  private toUnicode(): string {
    const characters = [...this.codes].map(([character, code]) => `<${hex(code, code > 0xff ? 4 : 2)}> <${utf16(character)}>`);
    const blocks = [...cmapBlocks(['<20> <7E> <0020>'], 'bfrange'), ...cmapBlocks(characters, 'bfchar')];
    return glyphlessCMap('Adobe-Identity-UCS', 'UCS', 2, blocks, this.hasLongCodes);
  }
}

function cidOf(code: number): number {
  return code > 0xff ? FIRST_LONG_CID + code - (FIRST_LEAD << 8) : code;
}

/** The glyph of each CID from 0: the one of its width, or .notdef. */
function glyphsByCid(widths: ReadonlyMap<number, number>, glyphWidths: readonly number[]): number[] {
  const glyphs = Array.from({ length: Math.max(0, ...widths.keys()) + 1 }, () => 0);
  for (const [cid, width] of widths) glyphs[cid] = glyphWidths.indexOf(width, 1);
  return glyphs;
}

async function writeDescriptor(update: IncrementalUpdate, glyphWidths: readonly number[], codes?: Uint8Array): Promise<PDFRef> {
  const [descriptor, fontFile] = [update.reserve(), update.reserve()];
  const file = buildGlyphlessFont(glyphWidths, codes);
  await update.writeStream(fontFile, file, { Length1: file.length });
  const entries = {
    Type: 'FontDescriptor',
    FontName: FONT_NAME,
    Flags: 4, // symbolic
    FontBBox: update.context.obj([0, DESCENT, Math.max(...glyphWidths), ASCENT]),
    ItalicAngle: 0,
    Ascent: ASCENT,
    Descent: DESCENT,
    CapHeight: ASCENT,
    StemV: 80,
    FontFile2: fontFile,
  };
  await update.writeObject(descriptor, update.dict(entries));
  return descriptor;
}

/** Runs of consecutive CIDs that need their width said. A short stretch of usual ones is cheaper said than left out. */
function widthRuns(widths: ReadonlyMap<number, number>): { first: number; run: number[] }[] {
  const runs: { first: number; run: number[] }[] = [];
  for (const [cid, width] of widths) {
    if (width === USUAL_WIDTH) continue;
    const last = runs.at(-1);
    const missing = last ? cid - last.first - last.run.length : Infinity;
    if (last && missing <= 2) last.run.push(...Array.from({ length: missing }, () => USUAL_WIDTH), width);
    else runs.push({ first: cid, run: [width] });
  }
  return runs;
}

function utf16(character: string): string {
  return [...Array(character.length).keys()].map((i) => hex(character.charCodeAt(i), 4)).join('');
}
