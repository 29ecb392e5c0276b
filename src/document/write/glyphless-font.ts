import { PDFString, type PDFDict, type PDFRef } from 'pdf-lib';
import { largestOf, smallestOf } from '../extremes.js';
import { buildGlyphlessFont, UNITS_PER_EM } from './glyphless-font-file.js';
import { cmapBlocks, hex, glyphlessCMap } from './glyphless-cmaps.js';
import type { IncrementalUpdate } from './incremental-update.js';
import { CUTS, usualReach, type Cut, type Reach } from './letter-reach.js';
import { letterWidth, USUAL_WIDTH } from './letter-widths.js';

const FONT_NAME = 'OcrQueue';
/** Codes of one byte that ASCII leaves free, and the first byte of codes of two. */
const FIRST_FREE = 0x80;
const FIRST_LEAD = 0xc0;
/** CIDs of one-byte codes are the codes themselves; two-byte ones follow. */
const FIRST_LONG_CID = 0x100;
const LONG_CODES = (0x100 - FIRST_LEAD) << 8;
const REPLACEMENT = '\ufffd';

/** What the cuts have in common. */
interface FontParts {
  /** Width of each CID in use. */
  widths: ReadonlyMap<number, number>;
  /** Glyph of each CID. */
  glyphs: number[];
  /** Width of the widest glyph. */
  widest: number;
  fontFile: PDFRef;
  toUnicode: PDFRef;
}

/**
 * The document's one font, its glyphs marking nothing, in cuts that differ in how far letters reach. Printable ASCII has its own codes of
 * one byte; of the other characters, the first 64 of a document get one byte, and 16,384 more get two, so that a layer is as small as its
 * text. ToUnicode tells readers what each code means.
 */
export class GlyphlessFont {
  /** Code by character, of those outside ASCII; codes from 0xC000 on have two bytes. */
  private readonly codes = new Map<string, number>();
  private readonly usedAscii = new Set<number>();
  private readonly reaches = CUTS.map(() => ({ up: 0, down: 0, count: 0 }));

  /** @param refs of the cuts' fonts, in the order of {@link CUTS} */
  constructor(readonly refs: readonly PDFRef[]) {}

  /** Takes down how far a word of this cut reaches: what the cut will be said to reach is the mean of its words. */
  noteReach(cut: Cut, { up, down }: Reach): void {
    const sum = this.reaches[cut];
    if (!sum) return;
    sum.up += up;
    sum.down += down;
    sum.count++;
  }

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
   * document, they are simple fonts: half the bytes of composite ones.
   */
  async write(update: IncrementalUpdate): Promise<void> {
    const widths = this.widthsByCid();
    const glyphWidths = [USUAL_WIDTH, ...new Set(widths.values())];
    const glyphs = glyphsByCid(widths, glyphWidths);
    const [toUnicode, fontFile] = [update.reserve(), update.reserve()];
    await update.writeStream(toUnicode, Buffer.from(this.toUnicode(), 'latin1'));
    const file = buildGlyphlessFont(
      glyphWidths,
      this.hasLongCodes ? undefined : Uint8Array.from({ length: 0x100 }, (_, code) => glyphs[code] ?? 0),
    );
    await update.writeStream(fontFile, file, { Length1: file.length });
    const parts = { widths, glyphs, widest: Math.max(...glyphWidths), fontFile, toUnicode };
    const cutFont = this.hasLongCodes ? await this.compositeFont(update, parts) : await this.simpleFont(update, parts);
    for (const cut of CUTS) {
      const descriptor = update.reserve();
      await update.writeObject(descriptor, this.descriptor(update, cut, parts));
      const ref = this.refs[cut];
      if (ref) await update.writeObject(ref, cutFont(descriptor));
    }
  }

  /** Gives what makes the font of a cut from its descriptor. */
  private async simpleFont(
    update: IncrementalUpdate,
    { widths, glyphs, toUnicode }: FontParts,
  ): Promise<(descriptor: PDFRef) => PDFDict> {
    const first = smallestOf(widths.keys());
    const list = update.reserve();
    await update.writeObject(
      list,
      update.context.obj(Array.from({ length: glyphs.length - first }, (_, i) => widths.get(first + i) ?? 0)),
    );
    return (descriptor) =>
      update.dict({
        Type: 'Font',
        Subtype: 'TrueType',
        BaseFont: FONT_NAME,
        FirstChar: first,
        LastChar: glyphs.length - 1,
        Widths: list,
        FontDescriptor: descriptor,
        ToUnicode: toUnicode,
      });
  }

  private async compositeFont(
    update: IncrementalUpdate,
    { widths, glyphs, toUnicode }: FontParts,
  ): Promise<(descriptor: PDFRef) => PDFDict> {
    const { context } = update;
    const [cidToGid, encoding, list] = [update.reserve(), update.reserve(), update.reserve()];
    const systemInfo = context.obj({ Registry: PDFString.of('Adobe'), Ordering: PDFString.of('Identity'), Supplement: 0 });
    await update.writeStream(cidToGid, Uint8Array.from(glyphs.flatMap((glyph) => [0, glyph])));
    await update.writeStream(encoding, Buffer.from(this.encodingCMap(), 'latin1'), {
      Type: 'CMap',
      CMapName: FONT_NAME,
      CIDSystemInfo: systemInfo,
      WMode: 0,
    });
    await update.writeObject(list, context.obj(widthRuns(widths).flatMap(({ first, run }) => [first, context.obj(run)])));
    return (descriptor) => {
      const descendant = update.dict({
        Type: 'Font',
        Subtype: 'CIDFontType2',
        BaseFont: FONT_NAME,
        CIDSystemInfo: systemInfo,
        FontDescriptor: descriptor,
        DW: USUAL_WIDTH,
        W: list,
        CIDToGIDMap: cidToGid,
      });
      const font = { Type: 'Font', Subtype: 'Type0', BaseFont: FONT_NAME, Encoding: encoding, ToUnicode: toUnicode };
      return update.dict({ ...font, DescendantFonts: context.obj([descendant]) });
    };
  }

  private descriptor(update: IncrementalUpdate, cut: Cut, { widest, fontFile }: FontParts): PDFDict {
    const { up, down } = this.reachOf(cut);
    return update.dict({
      Type: 'FontDescriptor',
      FontName: FONT_NAME,
      Flags: 4, // symbolic
      FontBBox: update.context.obj([0, -down, widest, up]),
      ItalicAngle: 0,
      Ascent: up,
      Descent: -down,
      CapHeight: up,
      StemV: 80,
      FontFile2: fontFile,
    });
  }

  /** In thousandths of the font size. Readers take a descent of 0 for one that is not known. */
  private reachOf(cut: Cut): Reach {
    const { up, down, count } = this.reaches[cut] ?? { up: 0, down: 0, count: 0 };
    const mean = count === 0 ? usualReach(cut) : { up: up / count, down: down / count };
    const bounded = (part: number) => Math.min(Math.max(Math.round(part * UNITS_PER_EM), 1), UNITS_PER_EM);
    return { up: bounded(mean.up), down: bounded(mean.down) };
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
  const glyphs = Array.from({ length: largestOf(widths.keys(), 0) + 1 }, () => 0);
  for (const [cid, width] of widths) glyphs[cid] = glyphWidths.indexOf(width, 1);
  return glyphs;
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
