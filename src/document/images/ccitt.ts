import { LONGEST_CODE, RUN_TABLES } from './ccitt-codes.js';

/** How a fax-coded strip is to be read. */
export interface CcittOptions {
  readonly width: number;
  readonly rows: number;
  /** `huffman`: rows of runs, each at a byte's start; `g3`: T.4; `g4`: T.6. */
  readonly coding: 'huffman' | 'g3' | 'g4';
  /** T.4 only: rows may refer to the one above. */
  readonly twoDimensional: boolean;
}

/** Horizontal distance of a changing element from the one above, by its vertical mode code (T.4 table 4): bits, code, shift. */
const VERTICAL_MODES = [
  [1, 0b1, 0],
  [3, 0b011, 1],
  [3, 0b010, -1],
  [6, 0b000011, 2],
  [6, 0b000010, -2],
  [7, 0b0000011, 3],
  [7, 0b0000010, -3],
] as const;

/**
 * Decodes fax-coded rows to 1 bit a pixel, 1 for black, each row from a byte's start. Rows after an error in the data stay
 * white, as fax machines and other readers have it.
 */
export function decodeCcitt(data: Uint8Array, options: CcittOptions): Uint8Array {
  const { width, rows, coding } = options;
  const rowBytes = Math.ceil(width / 8);
  const output = new Uint8Array(rowBytes * rows);
  const bits = new BitReader(data);
  let above: number[] = [];
  for (let y = 0; y < rows && !bits.atEnd; y++) {
    let twoDimensional = coding === 'g4';
    if (coding === 'g3') {
      const hadEnd = skipEndOfLine(bits);
      if (options.twoDimensional && hadEnd) twoDimensional = bits.take(1) === 0;
    } else if (coding === 'huffman') {
      bits.align();
    }
    const changes = twoDimensional ? readTwoDimensional(bits, above, width) : readRuns(bits, width);
    if (changes === undefined) {
      if (coding !== 'g3') break;
      continue; // the next end-of-line code sets us right again
    }
    paint(output, y * rowBytes * 8, changes, width);
    above = changes;
  }
  return output;
}

class BitReader {
  private position = 0;
  private readonly length: number;

  constructor(private readonly data: Uint8Array) {
    this.length = data.length * 8;
  }

  get atEnd(): boolean {
    return this.position >= this.length;
  }

  /** The next bits (at most 16) without taking them; zeros after the end. */
  peek(count: number): number {
    const at = this.position >> 3;
    const window = ((this.data[at] ?? 0) << 16) | ((this.data[at + 1] ?? 0) << 8) | (this.data[at + 2] ?? 0);
    return (window >> (24 - (this.position & 7) - count)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.position += count;
  }

  take(count: number): number {
    const value = this.peek(count);
    this.position += count;
    return value;
  }

  align(): void {
    this.position = (this.position + 7) & ~7;
  }
}

/** Skips fill bits and an end-of-line code if one comes next. After broken data: looks for it. */
function skipEndOfLine(bits: BitReader): boolean {
  if (bits.peek(11) !== 0) return false;
  while (!bits.atEnd && bits.peek(1) === 0) bits.skip(1);
  bits.skip(1);
  return true;
}

/** The length of a run, or undefined for a code that does not exist. */
function readRun(bits: BitReader, colour: number): number | undefined {
  let total = 0;
  for (;;) {
    const entry = RUN_TABLES[colour][bits.peek(LONGEST_CODE)];
    if (entry === 0) return undefined;
    bits.skip(entry & 15);
    const run = entry >> 4;
    total += run;
    if (run < 64) return total;
  }
}

/** A row as the columns at which the colour changes, the first change being to black. */
function readRuns(bits: BitReader, width: number): number[] | undefined {
  const changes: number[] = [];
  let column = 0;
  for (let colour = 0; column < width; colour ^= 1) {
    const run = readRun(bits, colour);
    if (run === undefined) return resynchronise(bits);
    column = Math.min(width, column + run);
    changes.push(column);
  }
  return changes;
}

function readTwoDimensional(bits: BitReader, above: readonly number[], width: number): number[] | undefined {
  const changes: number[] = [];
  let column = 0;
  let colour = 0;
  let started = false;
  let next = 0;
  while (column < width) {
    // b1: the first change above, right of here, to the colour opposite to ours; changes at even places go to black.
    while (next > 0 && (above[next - 1] ?? width) > column) next--;
    while (next < above.length && (above[next] < column || (above[next] === column && started) || (next & 1) !== colour)) next++;
    const b1 = above[next] ?? width;
    const b2 = above[next + 1] ?? width;

    const vertical = VERTICAL_MODES.find(([length, code]) => bits.peek(length) === code);
    if (vertical !== undefined) {
      bits.skip(vertical[0]);
      column = Math.max(column, Math.min(width, b1 + vertical[2]));
      changes.push(column);
      colour ^= 1;
    } else if (bits.peek(3) === 0b001) {
      bits.skip(3);
      for (let i = 0; i < 2; i++) {
        const run = readRun(bits, colour ^ i);
        if (run === undefined) return resynchronise(bits);
        column = Math.min(width, column + run);
        changes.push(column);
      }
    } else if (bits.peek(4) === 0b0001) {
      bits.skip(4);
      column = b2;
    } else {
      return resynchronise(bits);
    }
    started = true;
  }
  return changes;
}

/** Goes to the next end-of-line code, so that a row that can be read may follow. */
function resynchronise(bits: BitReader): undefined {
  while (!bits.atEnd && bits.peek(12) !== 1) bits.skip(1);
}

function paint(output: Uint8Array, start: number, changes: readonly number[], width: number): void {
  for (let i = 0; i < changes.length; i += 2) {
    const end = changes[i + 1] ?? width;
    for (let column = changes[i]; column < end;) {
      const bit = start + column;
      if ((bit & 7) === 0 && end - column >= 8) {
        output[bit >> 3] = 0xff;
        column += 8;
      } else {
        output[bit >> 3] |= 0x80 >> (bit & 7);
        column++;
      }
    }
  }
}
