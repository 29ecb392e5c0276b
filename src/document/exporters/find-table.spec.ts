import { describe, expect, it } from 'vitest';
import { LookCounter } from '../../../test/support/counted.js';
import type { PageLine } from '../page-result.js';
import { findTables } from './find-table.js';

const HEIGHT = 10;

/** A line of words, each from x0 to x1. */
function line(row: number, words: readonly (readonly [x0: number, x1: number])[], counter = new LookCounter()): PageLine {
  const y0 = row * HEIGHT * 1.2;
  const y1 = y0 + HEIGHT;
  return {
    box: { x0: 0, y0, x1: 1, y1 },
    words: words.map(([x0, x1], i) => ({
      text: `${row}.${i}`,
      box: { x0: counter.number(x0), y0, x1: counter.number(x1), y1 },
      confidence: 90,
    })),
  };
}

const span = (from: number, width = 20): [number, number] => [from, from + width];
const cells = (count: number, shift = 0) => Array.from({ length: count }, (_, i) => span(i * 50 + shift));

describe('findTables', () => {
  it('parts tables where columns have become too wide for a row that stood in them', () => {
    // the second row's cell is in line with the second column at its left, until the columns have moved to the other side
    const rows = [cells(3), cells(3), [span(0), [41, 100] as const], ...[2, 4, 6, 8].map((shift) => cells(3, shift))];
    const found = findTables(
      rows.map((words, i) => line(i, words)),
      () => false,
    );
    expect(found.map(({ start, rows: { length } }) => ({ start, length }))).toEqual([
      { start: 0, length: 3 },
      { start: 3, length: 4 },
    ]);
  });

  it('does not look for tables among lines without height', () => {
    const flat = { box: { x0: 0, y0: 5, x1: 100, y1: 5 }, words: line(0, cells(3)).words };
    expect(findTables([flat, flat, flat], () => false)).toEqual([]);
  });

  it.each<[string, (size: number) => [number, number][][]]>([
    ['rows of many cells', (size) => [cells(size), cells(size), cells(size), cells(size).slice(size / 2)]],
    [
      'cells that all stand in one place',
      (size) => {
        // every other word takes the line back to where it began
        const row = Array.from({ length: size }, (_, i): [number, number] => (i % 2 === 0 ? [100, 120] : [100, 50]));
        return [row, row, row, row.slice(size / 2)];
      },
    ],
    [
      'rows that make the columns wider one after the other',
      (size) => Array.from({ length: size }, (_, i) => (i % 3 === 2 ? cells(3, i / size).slice(0, 2) : cells(3, i / size))),
    ],
    [
      'rows in which the columns become too wide again and again',
      (size) =>
        Array.from({ length: size }, (_, i) => {
          const shift = ((i % 64) * HEIGHT) / 60;
          return i % 3 === 2 ? cells(3, shift).slice(0, 2) : cells(3, shift);
        }),
    ],
  ])('looks at each cell a few times, however many there are: %s', (_what, rowsOf) => {
    const looksFor = (size: number) => {
      const counter = new LookCounter();
      findTables(
        rowsOf(size).map((words, i) => line(i, words, counter)),
        () => false,
      );
      return counter.looks / size;
    };
    // a logarithm may be in it; each cell with each other would be eight times as many
    expect(looksFor(4_000) / looksFor(500)).toBeLessThan(2);
  });
});
