import { describe, expect, it } from 'vitest';
import { decodeCcitt } from './ccitt.js';

/** Bits written as text, filled up to whole bytes. */
function pack(bits: string): Uint8Array {
  const clean = bits.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: Math.ceil(clean.length / 8) }, (_, i) =>
    Number.parseInt(clean.slice(i * 8, i * 8 + 8).padEnd(8, '0'), 2),
  );
}

/** Rows as text, `#` for black. */
function show(data: Uint8Array, width: number): string[] {
  const rowBytes = Math.ceil(width / 8);
  return Array.from({ length: data.length / rowBytes }, (_, y) =>
    Array.from({ length: width }, (_, x) => (data[y * rowBytes + (x >> 3)] & (0x80 >> (x & 7)) ? '#' : '.')).join(''),
  );
}

const EOL = '000000000001';
const WIDTH = 12;
/** Four white, three black, five white. */
const RUNS = '1011 10 1100';

describe('decodeCcitt', () => {
  it('reads rows of runs that begin at bytes', () => {
    const row = RUNS.replaceAll(' ', '').padEnd(16, '0');
    const data = decodeCcitt(pack(row + row), { width: WIDTH, rows: 2, coding: 'huffman', twoDimensional: false });
    expect(show(data, WIDTH)).toEqual(['....###.....', '....###.....']);
  });

  it('reads T.4 rows, with fill bits before the end of a line', () => {
    const bits = `${EOL} ${RUNS} 0000 ${EOL} 00110101 000101 1011 ${EOL}`;
    const data = decodeCcitt(pack(bits), { width: WIDTH, rows: 2, coding: 'g3', twoDimensional: false });
    // The second row begins with black: a white run of none.
    expect(show(data, WIDTH)).toEqual(['....###.....', '########....']);
  });

  it('reads T.4 rows that refer to the one above', () => {
    const bits = `${EOL} 1 ${RUNS} ${EOL} 0 1 011 1`;
    const data = decodeCcitt(pack(bits), { width: WIDTH, rows: 2, coding: 'g3', twoDimensional: true });
    expect(show(data, WIDTH)).toEqual(['....###.....', '....####....']);
  });

  it('reads T.6: horizontal, vertical and pass modes', () => {
    const horizontal = '001 1011 10 1';
    const shifted = '010 000011 1';
    const pass = '0001 1';
    const bits = `${horizontal} ${shifted} ${pass} ${EOL} ${EOL}`;
    const data = decodeCcitt(pack(bits), { width: WIDTH, rows: 3, coding: 'g4', twoDimensional: true });
    expect(show(data, WIDTH)).toEqual(['....###.....', '...######...', '............']);
  });

  it('reads long runs, which take several codes', () => {
    const width = 2623;
    const bits = `001 000000011111 00110100 0000110111 1`; // 2560 + 63 white, no black
    const data = decodeCcitt(pack(bits), { width, rows: 1, coding: 'g4', twoDimensional: true });
    expect(data.every((byte) => byte === 0)).toBe(true);
  });

  it('leaves rows white after broken data, and finds the next row of T.4', () => {
    const g4 = decodeCcitt(pack(`001 1011 10 1 ${'0'.repeat(40)}`), {
      width: WIDTH,
      rows: 3,
      coding: 'g4',
      twoDimensional: true,
    });
    expect(show(g4, WIDTH)).toEqual(['....###.....', '............', '............']);
    const bits = `${EOL} 00000000 ${EOL} ${RUNS}`;
    const g3 = decodeCcitt(pack(bits), { width: WIDTH, rows: 2, coding: 'g3', twoDimensional: false });
    expect(show(g3, WIDTH)).toContain('....###.....');
  });
});
