import { linesOf, type PageResult } from '../page-result.js';
import { ADVANCE, UNITS_PER_EM } from './glyphless-font-file.js';
import type { GlyphlessFont } from './glyphless-font.js';
import type { Matrix } from './page-geometry.js';
import { placeLine, type PlacedLine, type PlacedWord } from './text-line.js';
import { visualOrder } from './visual-order.js';

/** Horizontal scaling of a glyph that should take no room, in percent. Zero would make the matrix singular. */
const NARROWEST = 1;

/**
 * Scalings are rounded to these steps, in percent: they are most of a layer's bytes. What rounding adds or takes is made good by the next
 * word or space, so a word's width is off by half a percent at most, and its start by a hundredth of the font size.
 */
const WORD_STEP = 1;
const SPACE_STEP = 5;

/**
 * Least width of the space between two words, in parts of the font size. Engines give boxes that overlap, or lie within the
 * box before: set where they say, a reader would take the two words for one.
 */
const LEAST_SPACE = 0.15;

/**
 * The content stream of a page's invisible text (render mode 3): each line set on its baseline, each word scaled (`Tz`) to the width of its
 * box, each gap filled by one scaled space. Empty when there is nothing to write.
 * @param toUserSpace from the page as displayed, origin bottom left
 * @param fontName resource name of the font, without a slash
 */
export function textLayer(result: PageResult, toUserSpace: Matrix, fontName: string, font: GlyphlessFont): Buffer {
  const pen = new LayerPen(fontName, font);
  for (const line of linesOf(result)) {
    // a page image that had to be turned to stand upright holds its lines turned the other way
    const angle = line.angle ?? (((360 - result.orientation) % 360) as 0 | 90 | 180 | 270);
    const placed = placeLine(line, angle);
    if (placed) pen.setLine(placed, result.height);
  }
  if (pen.isEmpty) return Buffer.alloc(0);
  const matrix = toUserSpace.map((value) => short(value, 5)).join(' ');
  const cm = matrix === '1 0 0 1 0 0' ? '' : `${matrix} cm\n`;
  return Buffer.concat([Buffer.from(`q\n${cm}BT\n3 Tr\n`), pen.toBuffer(), Buffer.from('ET\nQ\n')]);
}

/** Writes text operators and keeps count of where the text matrix stands, so that rounding never adds up along a line. */
class LayerPen {
  private readonly parts: Buffer[] = [];
  private size = '';
  private scaling = '';

  constructor(
    private readonly fontName: string,
    private readonly font: GlyphlessFont,
  ) {}

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts);
  }

  setLine(line: PlacedLine, pageHeight: number): void {
    const size = Number(short(line.size, 1));
    this.setSize(size);
    let position = 0;
    line.words.forEach((word, i) => {
      const before = line.words[i - 1];
      if (before === undefined || isBehind(word, before)) {
        this.moveTo(line, word.start, pageHeight);
        position = word.start;
      }
      const codes = this.font.encode(visualOrder(word.text));
      position += this.show(codes, Math.max(word.end - position, 0), size, WORD_STEP);
      const next = line.words[i + 1];
      if (next && !isBehind(next, word)) {
        const gap = Math.max(next.start - position, LEAST_SPACE * size);
        position += this.show(this.font.encode(' '), gap, size, SPACE_STEP);
      }
    });
  }

  private setSize(size: number): void {
    const operator = `/${this.fontName} ${short(size)} Tf\n`;
    if (operator === this.size) return;
    this.size = operator;
    this.parts.push(Buffer.from(operator));
  }

  private moveTo({ angle, baseline }: PlacedLine, start: number, pageHeight: number): void {
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const x = start * cos - baseline * sin;
    const y = pageHeight - (start * sin + baseline * cos);
    const turned = [cos, -sin, sin, cos].map((value) => short(value, 5)).join(' ');
    this.parts.push(Buffer.from(`${turned} ${short(x, 1)} ${short(y, 1)} Tm\n`));
  }

  /** Shows codes stretched to `width` points and gives the width they really take. */
  private show(codes: Buffer, width: number, size: number, step: number): number {
    const natural = ((codes.length / 2) * ADVANCE * size) / UNITS_PER_EM;
    const percent = Math.round(((width / natural) * 100) / step) * step;
    const scaling = short(Math.max(percent, NARROWEST));
    if (scaling !== this.scaling) this.parts.push(Buffer.from(`${scaling} Tz`));
    this.scaling = scaling;
    this.parts.push(literal(codes), Buffer.from('Tj\n'));
    return (natural * Number(scaling)) / 100;
  }
}

/** True for a word that stands before the one before it: the pen must go back. */
function isBehind(word: PlacedWord, before: PlacedWord): boolean {
  return word.end <= before.start;
}

/** A number as short as its precision allows: no exponent, no trailing zeros. */
function short(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)) + 0);
}

/** A literal string. It packs better than a hexadecimal one. */
function literal(bytes: Buffer): Buffer {
  const escaped: number[] = [0x28];
  for (const byte of bytes) {
    if (byte === 0x28 || byte === 0x29 || byte === 0x5c) escaped.push(0x5c, byte);
    else if (byte === 0x0d) escaped.push(0x5c, 0x72);
    else escaped.push(byte);
  }
  return Buffer.from([...escaped, 0x29]);
}
