import { describe, expect, it } from 'vitest';
import type { PageBlock } from '../page-result.js';
import type { PageCharacter } from './page-characters.js';
import { layOutText } from './text-layout.js';

/** Characters 5 wide and 10 high from x on, their top at y; `|` is a line break PDFium made, `~` a space it made. */
function write(text: string, x: number, y: number, height = 10): PageCharacter[] {
  return [...text].map((letter, i) => {
    const generated = letter === '|' || letter === '~';
    return {
      text: letter === '|' ? '\n' : letter === '~' ? ' ' : letter,
      box: generated ? { x0: 0, y0: 0, x1: 0, y1: 0 } : { x0: x + i * 5, y0: y, x1: x + i * 5 + 5, y1: y + height },
      angle: 0,
      invisible: false,
      generated,
      hyphen: false,
    };
  });
}

const shape = (blocks: PageBlock[]) =>
  blocks.map((block) => block.paragraphs.map((p) => p.lines.map((line) => line.words.map((word) => word.text).join(' '))));

describe('layOutText', () => {
  it('makes words at spaces, found or made, and at wide gaps', () => {
    const blocks = layOutText([...write('one two~three', 0, 0), ...write('four', 90, 0)]);
    expect(shape(blocks)).toEqual([[['one two three four']]]);
    expect(blocks[0].paragraphs[0].lines[0].words[1].box).toEqual({ x0: 20, y0: 0, x1: 35, y1: 10 });
  });

  it('makes lines of one paragraph, and paragraphs at a gap', () => {
    const blocks = layOutText([...write('first line|', 0, 0), ...write('second line|', 0, 12), ...write('next', 0, 40)]);
    expect(shape(blocks)).toEqual([[['first line', 'second line'], ['next']]]);
    expect(blocks[0].box).toEqual({ x0: 0, y0: 0, x1: 55, y1: 50 });
  });

  it('ends a line at a hyphen only when nothing stands behind it', () => {
    const hyphen = (x: number, y: number) => write('-', x, y).map((character) => ({ ...character, hyphen: true }));
    const within = [...write('state', 0, 0), ...hyphen(25, 0), ...write('of', 30, 0), ...hyphen(40, 0), ...write('art', 45, 0)];
    expect(shape(layOutText(within))).toEqual([[['state-of-art']]]);
    const below = [...write('di', 0, 0), ...hyphen(10, 0), ...write('vided', 0, 12)];
    expect(shape(layOutText(below))).toEqual([[['di-', 'vided']]]);
    const besides = [...write('di', 0, 0), ...hyphen(10, 0), ...write('vided', 200, 0)];
    expect(shape(layOutText(besides))).toEqual([[['di-']], [['vided']]]);
  });

  it('begins a block with a new column', () => {
    const blocks = layOutText([...write('left|', 0, 0), ...write('left|', 0, 12), ...write('right', 200, 0)]);
    expect(shape(blocks)).toEqual([[['left', 'left']], [['right']]]);
  });

  it('breaks the line after a dividing hyphen, where PDFium gives no line break', () => {
    const first = write('divi-', 0, 0);
    first[4].hyphen = true;
    expect(shape(layOutText([...first, ...write('ded', 0, 12)]))).toEqual([[['divi-', 'ded']]]);
  });

  it('keeps a raised figure in its line', () => {
    expect(shape(layOutText([...write('area 5 m', 0, 4), ...write('2', 40, 2, 6)]))).toEqual([[['area 5 m2']]]);
  });

  it('spells ligatures out and drops what cannot be seen', () => {
    expect(shape(layOutText(write('\uFB01ne\u200B \u0003', 0, 0)))).toEqual([[['fine']]]);
  });

  it('keeps right-to-left words in logical order', () => {
    const letters = [...'שלום'];
    const characters = letters.map((text, i) => ({ ...write(text, 100 - i * 5, 0)[0] }));
    const [block] = layOutText(characters);
    expect(block.paragraphs[0].lines[0].words).toEqual([
      { text: 'שלום', box: { x0: 85, y0: 0, x1: 105, y1: 10 }, confidence: 100 },
    ]);
  });

  it('gives nothing for a page without words', () => {
    expect(layOutText(write('  |~', 0, 0))).toEqual([]);
  });

  it('lays out very many letters that follow very many spaces', () => {
    const [space, letter] = [...write(' a', 0, 0)] as [PageCharacter, PageCharacter];
    const characters = [...Array.from({ length: 300_000 }, () => space), ...Array.from({ length: 300_000 }, () => letter)];
    expect(shape(layOutText(characters))).toEqual([[['a'.repeat(300_000)]]]);
  });
});
