import { describe, expect, it } from 'vitest';
import type { PageBlock } from '../page-result.js';
import type { PageCharacter } from './page-characters.js';
import { layOutText } from './text-layout.js';
import { joinColumns } from './vertical-writing.js';

/** Signs 10 wide, 11 high, each `step` below the one before, from x and y on; PDFium makes a line break behind each. */
function column(text: string, x: number, y = 0, step = 10): PageCharacter[] {
  return [...text].flatMap((sign, i) => [
    characterOf(sign, { x0: x, y0: y + i * step, x1: x + 10, y1: y + i * step + 11 }),
    { ...characterOf('\n', { x0: 0, y0: 0, x1: 0, y1: 0 }), generated: true },
  ]);
}

function characterOf(text: string, box: PageCharacter['box']): PageCharacter {
  return { text, box, angle: 0, invisible: false, generated: false, hyphen: false };
}

const lines = (blocks: readonly PageBlock[]) =>
  blocks.flatMap((block) =>
    block.paragraphs.flatMap((paragraph) =>
      paragraph.lines.map(({ words, angle }) => [words.map(({ text }) => text).join(' '), angle]),
    ),
  );

describe('joinColumns', () => {
  it('makes lines of signs below one another, from column to column, the short last one too', () => {
    const page = [...column('吾輩は猫である。', 100), ...column('名前はまだ無い', 84), ...column('で', 68)];

    const blocks = layOutText(page);

    expect(lines(blocks)).toEqual([
      ['吾輩は猫である。', 90],
      ['名前はまだ無い', 90],
      ['で', 90],
    ]);
    expect(blocks).toHaveLength(1);
    expect(blocks[0]!.paragraphs[0]!.lines[0]!.box).toEqual({ x0: 100, y0: 0, x1: 110, y1: 81 });
  });

  it('keeps letters that lie in a column in its line', () => {
    const lying = [...'AB'].map((letter, i) => ({
      ...characterOf(letter, { x0: 100, y0: 52 + i * 6, x1: 110, y1: 58 + i * 6 }),
      angle: 90 as const,
    }));
    expect(lines(layOutText([...column('吾輩は猫で', 100).slice(0, -1), ...lying, ...column('あるから', 100, 65)]))).toEqual([
      ['吾輩は猫でABあるから', 90],
    ]);
  });

  it.each([
    {
      what: 'signs beside one another',
      page: [...'吾輩は猫である'].map((sign, i) => characterOf(sign, { x0: i * 10, y0: 0, x1: i * 10 + 10, y1: 11 })),
    },
    { what: 'a few cells', page: column('有無有', 100) },
    { what: 'cells set apart', page: column('有無有無有無', 100, 0, 18) },
    { what: 'letters below one another', page: column('letters', 100) },
  ])('leaves $what as they are', ({ page }) => {
    expect(joinColumns(page)).toBe(page);
  });

  it('leaves short columns of a page alone that is written in lines', () => {
    const written = [...'これは横書きの文書で表もある'].map((sign, i) =>
      characterOf(sign, { x0: i * 10, y0: 200, x1: i * 10 + 10, y1: 211 }),
    );
    const angles = joinColumns([...written, ...column('縦書きの題', 0), ...column('有無', 150)]).filter(
      ({ generated }) => !generated,
    );
    expect(
      angles
        .filter(({ angle }) => angle === 90)
        .map(({ text }) => text)
        .join(''),
    ).toBe('縦書きの題');
  });
});
