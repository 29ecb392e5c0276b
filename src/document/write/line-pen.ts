import type { GlyphlessFont } from './glyphless-font.js';
import { WHOLE_CUT, type Cut } from './letter-reach.js';
import { SPACE_WIDTH } from './letter-widths.js';
import type { PlacedLine, PlacedWord } from './text-line.js';
import { short } from './short-number.js';
import { visualOrder } from './visual-order.js';

/** How far a word's end or beginning may be off, in parts of its width, before the line's own scaling is corrected. */
const TOLERANCE = 0.07;
/** Corrections are rounded to these steps, which deflate well: percent of width, thousandths of the font size. */
const SCALING_STEP = 3;
const SPACE_STEP = 25;
const LETTER_STEP = 5;
/** Letters moved further apart than this, in thousandths of the font size, would be read as words. */
const MOST_BETWEEN_LETTERS = 60;
/** A line takes over the scaling in force when its own differs by no more than this, in parts of itself. */
const SAME_SCALING = 0.025;
/** Horizontal scaling of text that should take no room, in percent. Zero would make the matrix singular. */
const NARROWEST = 1;

/**
 * Least width of the space between two words, in parts of the font size. Engines give boxes that overlap, or lie within the
 * box before: set where they say, a reader would take the two words for one.
 */
const LEAST_SPACE = 0.15;

/** A stretch of a line that is set without going back: where it starts along the line, and what shows it. */
export interface LineStretch {
  start: number;
  operators: Buffer;
}

/**
 * Sets lines of text: one scaling (`Tz`) makes the line as wide as it is on paper, and what is still off by more than can be seen is put
 * right, the place of a word by the space before it (`TJ`), the width of a word by a scaling of its own. Every position is counted as it is
 * written, so that rounding never adds up.
 */
export class LinePen {
  private readonly parts: Buffer[] = [];
  /** Codes that wait to be shown, as the inside of a `TJ` array. */
  private array: Buffer[] = [];
  private codes: Buffer[] = [];
  private size = 0;
  /** The font and size in force, as they were written. */
  private typeface = '';
  private position = 0;
  private pieceStart = 0;
  private pieceBefore = 0;
  /** The scaling in force, in percent; text state outlives the line. */
  private scaling = 100;
  /** The scaling of the last line as a whole. */
  private usual = 100;

  /** @param fontName how the names of the cuts' fonts begin in the page's resources, without a slash */
  constructor(
    private readonly font: GlyphlessFont,
    private readonly fontName: string,
  ) {}

  *write(line: PlacedLine): Generator<LineStretch> {
    this.size = line.size;
    const words = line.words.map((word) => ({ ...word, text: visualOrder(word.text) }));
    const usual = this.usualScaling(words);
    const inOnePiece = isUpsideDown(line.angle);
    let start = words[0]?.start ?? 0;
    this.position = start;
    this.pieceStart = start;
    for (const [i, word] of words.entries()) {
      const before = words[i - 1];
      if (before && isBehind(word, before)) {
        yield { start, operators: this.take() };
        start = word.start;
        this.position = start;
        this.pieceStart = start;
      }
      this.face(inOnePiece ? WHOLE_CUT : word.cut);
      this.font.noteReach(inOnePiece ? WHOLE_CUT : word.cut, word.reach);
      if (inOnePiece) this.showLetters(word, usual);
      else this.showWord(word, usual);
      const next = words[i + 1];
      if (next && !isBehind(next, word)) this.showSpace(next);
    }
    // a piece of one letter does not tell PDFium that it runs up or down the page: it would get a line of its own
    if (isSideways(line.angle)) this.codes.push(this.font.encode(' '));
    yield { start, operators: this.take() };
  }

  /** The scaling that gives all words together their width; the last line's when that is as good. */
  private usualScaling(words: readonly PlacedWord[]): number {
    const wanted = words.reduce((sum, word) => sum + Math.max(word.end - word.start, 0), 0);
    const natural = words.reduce((sum, word) => sum + this.natural(word.text), 0);
    const own = (wanted / natural) * 100;
    if (Math.abs(own - this.usual) > SAME_SCALING * own) this.usual = Math.max(Math.round(own), NARROWEST);
    return this.usual;
  }

  private showWord({ text, start, end }: PlacedWord, usual: number): void {
    const natural = this.natural(text);
    const wanted = Math.max(end - Math.max(this.position, start), 0);
    const fits = Math.abs((natural * usual) / 100 - wanted) <= TOLERANCE * wanted;
    const own = Math.max(Math.round(((wanted / natural) * 100) / SCALING_STEP) * SCALING_STEP, NARROWEST);
    this.scale(fits ? usual : own);
    this.codes.push(this.font.encode(text));
    this.position += (natural * this.scaling) / 100;
  }

  /** The same by moving letter from letter: readers that sort text by its place then have nothing to sort. */
  private showLetters({ text, start, end }: PlacedWord, usual: number): void {
    this.scale(usual);
    const letters = [...text];
    const natural = (this.natural(text) * usual) / 100;
    const wanted = Math.max(end - Math.max(this.position, start), 0);
    const off = Math.abs(natural - wanted) > (TOLERANCE / 2) * wanted && letters.length > 1;
    const unit = this.unit();
    const exact = off ? (natural - wanted) / (letters.length - 1) / unit : 0;
    const step = Math.max(Math.round(exact / LETTER_STEP) * LETTER_STEP, -MOST_BETWEEN_LETTERS);
    letters.forEach((letter, i) => {
      if (i > 0 && step !== 0) this.moveBack(step);
      this.codes.push(this.font.encode(letter));
    });
    this.position += natural;
  }

  private showSpace(next: PlacedWord): void {
    this.codes.push(this.font.encode(' '));
    const end = this.position;
    this.position += SPACE_WIDTH * this.unit();
    const wanted = Math.max(next.start, end + LEAST_SPACE * this.size);
    const off = this.position - wanted;
    if (Math.abs(off) <= (TOLERANCE / 2) * Math.max(next.end - next.start, this.size / 2)) return;
    const back = Math.round(off / this.unit() / SPACE_STEP) * SPACE_STEP;
    if (back !== 0) this.moveBack(back);
  }

  /** Moves the pen back by thousandths of the font size, or on when it is negative. */
  private moveBack(thousandths: number): void {
    this.closeString();
    this.array.push(Buffer.from(String(thousandths)));
    this.position -= thousandths * this.unit();
  }

  private face(cut: Cut): void {
    const typeface = `/${this.fontName}${cut} ${short(this.size)} Tf `;
    if (typeface === this.typeface) return;
    this.show();
    this.parts.push(Buffer.from(typeface));
    this.typeface = typeface;
  }

  private scale(percent: number): void {
    if (percent === this.scaling) return;
    this.show();
    this.parts.push(Buffer.from(`${percent} Tz `));
    this.scaling = percent;
  }

  private closeString(): void {
    if (this.codes.length > 0) this.array.push(literal(Buffer.concat(this.codes)));
    this.codes = [];
  }

  /** Where the last piece of text began along its line: what one operator shows. */
  get lastPiece(): number {
    return this.pieceBefore;
  }

  /** Spaces as a piece of text of their own, where the line ends. Two of them tell PDFium, as one does not, which way they run. */
  blankPiece(): Buffer {
    return Buffer.concat([literal(this.font.encode('  ')), Buffer.from('Tj\n')]);
  }

  /** The same with one space, this much above the line. */
  raisedPiece(rise: number): Buffer {
    return Buffer.concat([Buffer.from(`${short(rise, 1)} Ts`), literal(this.font.encode(' ')), Buffer.from('Tj 0 Ts\n')]);
  }

  private show(): void {
    this.closeString();
    if (this.array.length > 0) this.pieceBefore = this.pieceStart;
    this.pieceStart = this.position;
    const [first] = this.array;
    if (first) this.parts.push(Buffer.from('['), ...this.array, Buffer.from(']TJ\n'));
    this.array = [];
  }

  private take(): Buffer {
    this.show();
    return Buffer.concat(this.parts.splice(0));
  }

  private natural(text: string): number {
    return this.font.widthOf(text) * this.size;
  }

  /** A thousandth of the font size as it is scaled, in points. */
  private unit(): number {
    return (this.size * this.scaling) / 100_000;
  }
}

/** PDFium puts the pieces of what it takes for one line in order from left to right, even where they are read from right to left. */
function isUpsideDown(angle: number): boolean {
  return Math.cos(angle) < -0.5;
}

/** True for a line that runs up or down the page. */
export function isSideways(angle: number): boolean {
  return Math.abs(Math.sin(angle)) > 0.99;
}

/** True for a word that stands before the one before it: the pen must go back. */
function isBehind(word: PlacedWord, before: PlacedWord): boolean {
  return word.end <= before.start;
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
