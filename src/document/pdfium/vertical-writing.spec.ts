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

/** The same signs beside one another. */
function row(text: string, x: number, y: number): PageCharacter[] {
  return [...text].map((sign, i) => characterOf(sign, { x0: x + i * 10, y0: y, x1: x + i * 10 + 10, y1: y + 11 }));
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

  it('puts columns in order that come from left to right', () => {
    const page = [
      ...column('名前はまだ無い', 84),
      ...column('吾輩は猫である。', 100),
      ...column('どこで生れたか', 52, 10),
      ...column('見当がつかぬ', 68),
    ];
    expect(lines(layOutText(page)).map(([text]) => text)).toEqual([
      '吾輩は猫である。',
      '名前はまだ無い',
      '見当がつかぬ',
      'どこで生れたか',
    ]);
  });

  it('keeps columns of one band before those of the next', () => {
    const page = [
      ...column('上段の一列', 100),
      ...column('上段の二列', 84),
      ...column('下段の一列', 100, 200),
      ...column('下段の二列', 84, 200),
    ];
    expect(lines(layOutText(page)).map(([text]) => text)).toEqual(['上段の一列', '上段の二列', '下段の一列', '下段の二列']);
  });

  it('keeps figures set across in their column', () => {
    const across = [...'12'].map((figure, i) => characterOf(figure, { x0: 100 + i * 5, y0: 20, x1: 105 + i * 5, y1: 31 }));
    expect(lines(layOutText([...column('平成', 100), ...across, ...column('年の春に', 100, 30)]))).toEqual([
      ['平成12年の春に', 90],
    ]);
  });

  it('begins columns with dashes and marks of Katakana', () => {
    const page = [...column('――そうだ、と', 100), ...column('ーっと言った。', 84)];
    expect(lines(layOutText(page))).toEqual([
      ['――そうだ、と', 90],
      ['ーっと言った。', 90],
    ]);
  });

  it('keeps marks that stand in the place of the sign before with it', () => {
    const page = column('吾輩は葛である', 100);
    page.splice(7, 0, { ...page[6]!, text: '\u{E0100}' });
    expect(lines(layOutText(page))).toEqual([['吾輩は葛\u{E0100}である', 90]]);
  });

  it('leaves lines of a page alone that is mostly written in columns', () => {
    const page = [
      ...row('第一章 はじめに', 0, -30),
      ...column('吾輩は猫である。', 100),
      ...column('名前はまだ無い', 84),
      ...row('12', 50, 150),
    ];
    expect(lines(layOutText(page))).toEqual([
      ['第一章 はじめに', undefined],
      ['吾輩は猫である。', 90],
      ['名前はまだ無い', 90],
      ['12', undefined],
    ]);
  });

  it('does not take hold of a line below a column', () => {
    const page = [...column('申請者名', 0), ...row('住所は東京都', 0, 40)];
    expect(lines(layOutText(page))).toEqual([
      ['申請者名', 90],
      ['住所は東京都', undefined],
    ]);
  });

  it('reads columns of any length without running out of anything', () => {
    const signs = 200_000;
    const page = Array.from({ length: signs }, (_, i) => characterOf('字', { x0: 0, y0: i * 10, x1: 10, y1: i * 10 + 11 }));
    expect(joinColumns(page)).toHaveLength(signs + 1);
  });

  it.each([
    { what: 'signs beside one another', page: row('吾輩は猫である', 0, 0) },
    { what: 'a few cells', page: column('有無有', 100) },
    { what: 'cells set apart', page: column('有無有無有無', 100, 0, 18) },
    { what: 'figures below a heading', page: [...row('この表は横書きの文書にある', 0, -50), ...column('計538', 100)] },
    { what: 'letters below one another', page: column('letters', 100) },
  ])('leaves $what as they are', ({ page }) => {
    expect(joinColumns(page)).toBe(page);
  });

  it('leaves short columns of a page alone that is written in lines', () => {
    const page = [...row('これは横書きの文書で表もある', 0, 200), ...column('縦書きの題', 0), ...column('有無', 150)];
    expect(lines(layOutText(page)).filter(([, angle]) => angle === 90)).toEqual([['縦書きの題', 90]]);
  });
});
