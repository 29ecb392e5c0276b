import { describe, expect, it } from 'vitest';
import type { GrayImage } from '../../document/document.types.js';
import { doubtsSheet, settleDoubts, type DoubtsSheet } from './doubtful-words.js';
import type { EngineBlock, PixelBox } from './ocr-engine.js';

const [WIDTH, HEIGHT, PAPER] = [900, 700, 230];
/** Words are 60 pixels wide and 20 high, 10 apart. */
const [WIDE, HIGH, APART] = [60, 20, 10];

/** A page of words, each as dark as its place in the line, beginning with `top` at the left edge 100. */
function pageOf(...lines: [top: number, ...words: [text: string, confidence: number][]][]): {
  image: GrayImage;
  found: EngineBlock[];
} {
  const image = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT).fill(PAPER), dpi: 200 };
  const found = lines.map(([top, ...words]) => ({
    box: { x0: 100, y0: top, x1: 800, y1: top + HIGH },
    words: words.map(([text, confidence], at) => {
      const x0 = 100 + at * (WIDE + APART);
      const box = { x0, y0: top, x1: x0 + WIDE, y1: top + HIGH };
      paint(image, box, at);
      return { text, confidence, box };
    }),
  }));
  const box = { x0: 0, y0: 0, x1: WIDTH, y1: HEIGHT };
  return { image, found: [{ box, paragraphs: [{ box, lines: found.map(({ box, words }) => ({ box, words })) }] }] };
}

function paint(image: GrayImage, { x0, y0, x1, y1 }: PixelBox, tone: number): void {
  for (let y = y0; y < y1; y++) image.data.fill(tone, y * image.width + x0, y * image.width + x1);
}

/** As if these words had been read from one piece of the sheet, the first at its left edge, each as wide as on the page. */
function readFrom({ pieces }: DoubtsSheet, index: number, ...words: [text: string, confidence: number][]): EngineBlock[] {
  const { top, cut } = pieces[index]!;
  const box = { x0: 20, y0: top + 2, x1: 20 + (cut.x1 - cut.x0), y1: top + HIGH };
  const read = words.map(([text, confidence], at) => ({
    text,
    confidence,
    box: { ...box, x0: 25 + at * (WIDE + APART), x1: 25 + at * (WIDE + APART) + WIDE },
  }));
  return [{ box, paragraphs: [{ box, lines: [{ box, words: read }] }] }];
}

const textOf = (found: readonly EngineBlock[]) =>
  found.flatMap((block) =>
    block.paragraphs.flatMap(({ lines }) => lines.map(({ words }) => words.map(({ text }) => text).join(' '))),
  );

const sure = (text: string): [string, number] => [text, 96];
const filler = Array.from({ length: 10 }, () => sure('certainly'));

describe('the sheet of doubtful words', () => {
  it('is none where every word is sure', () => {
    const { image, found } = pageOf([50, sure('all'), sure('is'), sure('well')]);
    expect(doubtsSheet(image, found)).toBeUndefined();
  });

  it('holds each doubtful word with two on each side, as they stand on the page, up to the middle of the space around them', () => {
    const { image, found } = pageOf(
      [50, ...filler],
      [100, sure('a'), sure('b'), sure('c'), ['lt', 74], sure('e'), sure('f'), sure('g')],
      [150, ...filler],
    );

    const sheet = doubtsSheet(image, found)!;

    expect(sheet.pieces).toMatchObject([{ from: 1, to: 6, cut: { x0: 165, y0: 97, x1: 515, y1: 123 } }]);
    expect(sheet.image.dpi).toBe(200);
    const row = (y: number) => sheet.image.data.subarray(y * sheet.image.width, (y + 1) * sheet.image.width);
    const middle = row(sheet.pieces[0]!.top + 13);
    expect([...new Set(middle)].filter((tone) => tone < PAPER)).toEqual([1, 2, 3, 4, 5]);
    expect(Math.min(...row(0))).toBeGreaterThanOrEqual(PAPER);
  });

  it('takes doubts near each other together, and those of other lines to pieces of their own, below each other', () => {
    const { image, found } = pageOf(
      [50, ...filler],
      [100, ['x', 10], sure('b'), sure('c'), ['y', 20], sure('e'), sure('f'), sure('g')],
      [150, ...filler],
      [200, sure('a'), ['z', 84], sure('c'), sure('d')],
    );

    const { pieces } = doubtsSheet(image, found)!;

    expect(pieces.map(({ from, to }) => [from, to])).toEqual([
      [0, 6],
      [0, 4],
    ]);
    expect(pieces[1]!.top).toBeGreaterThan(pieces[0]!.top + HIGH * 1.5);
  });

  it('is none where much of the page is doubtful', () => {
    const doubtful = Array.from({ length: 10 }, (): [string, number] => ['something', 40]);
    const { image, found } = pageOf([50, ...filler], [100, ...doubtful]);
    expect(doubtsSheet(image, found)).toBeUndefined();
  });

  it('leaves out what is too high to be a line of text', () => {
    const { image, found } = pageOf([50, ...filler], [100, ['|', 12]]);
    found[0]!.paragraphs[0]!.lines[1]!.words[0]!.box.y1 = 400;
    expect(doubtsSheet(image, found)).toBeUndefined();
  });

  it('is none where it would be higher than tesseract takes', () => {
    const lines = Array.from({ length: 400 }, (_, at): Parameters<typeof pageOf>[number] => [
      (at % 30) * 20,
      ['lt', 30],
      ...filler,
    ]);
    const { image, found } = pageOf(...lines);
    for (const { words } of found[0]!.paragraphs[0]!.lines) words[0]!.box.y1 = words[0]!.box.y0 + 40;
    const large = { ...image, width: 60_000 };
    expect(doubtsSheet({ ...large, data: new Uint8Array(0) }, found)).toBeUndefined();
    found[0]!.paragraphs[0]!.lines.splice(300);
    expect(doubtsSheet(large, found)).toBeDefined();
  });

  it('stays within the image', () => {
    const { image, found } = pageOf([0, ['lt', 30], sure('b')], [50, ...filler]);
    found[0]!.paragraphs[0]!.lines[0]!.words[0]!.box.x0 = 2;
    expect(doubtsSheet(image, found)!.pieces[0]!.cut).toMatchObject({ x0: 0, y0: 0 });
  });
});

describe('what was read from the sheet', () => {
  const page = () => pageOf([50, ...filler], [100, ['lt', 74], sure('was'), sure('late'), sure('then')], [150, ...filler]);

  it('takes the place of what was read before where it is surer, and stands where it is on the page', () => {
    const { image, found } = page();
    const sheet = doubtsSheet(image, found)!;

    settleDoubts(sheet, readFrom(sheet, 0, ['It', 93], ['was', 95], ['late', 95]));

    const words = found[0]!.paragraphs[0]!.lines[1]!.words;
    expect(words.map(({ text, confidence }) => `${text} ${confidence}`)).toEqual(['It 93', 'was 96', 'late 96', 'then 96']);
    const { cut } = sheet.pieces[0]!;
    expect(words[0]!.box).toMatchObject({ x0: cut.x0 + 5, x1: cut.x0 + 5 + WIDE, y0: cut.y0 + 2 });
  });

  it('is dropped where it is hardly surer', () => {
    const { image, found } = page();
    const sheet = doubtsSheet(image, found)!;
    settleDoubts(sheet, readFrom(sheet, 0, ['1t', 79], sure('was'), sure('late')));
    expect(textOf(found)[1]).toBe('lt was late then');
  });

  it('leaves the words beside as they were, however surely they are read again', () => {
    const { image, found } = page();
    const sheet = doubtsSheet(image, found)!;
    settleDoubts(sheet, readFrom(sheet, 0, ['It', 93], ['vas', 99], ['lute', 99]));
    expect(textOf(found)[1]).toBe('It was late then');
  });

  it('is dropped where other words come out of it that are as doubtful', () => {
    const { image, found } = page();
    const sheet = doubtsSheet(image, found)!;
    settleDoubts(sheet, readFrom(sheet, 0, ['ltwas', 76], sure('late')));
    expect(textOf(found)[1]).toBe('lt was late then');
  });

  it('is dropped where nothing was read', () => {
    const { image, found } = page();
    settleDoubts(doubtsSheet(image, found)!, []);
    expect(textOf(found)[1]).toBe('lt was late then');
  });

  it('may be more words or fewer than before, in several places of one line', () => {
    const { image, found } = pageOf(
      [50, ...filler],
      [100, ['447', 32], ['1-B/08', 32], sure('of'), sure('d'), sure('e'), sure('f'), sure('g'), ['Alight', 49], sure('is')],
      [150, ...filler],
    );
    const sheet = doubtsSheet(image, found)!;
    expect(sheet.pieces).toHaveLength(2);

    const first = readFrom(sheet, 0, ['4471-B/08', 90], sure('of'), sure('d'));
    const second = readFrom(sheet, 1, sure('f'), sure('g'), ['A', 93], ['light', 93], sure('is'));
    settleDoubts(sheet, [...second, ...first]);

    expect(textOf(found)[1]).toBe('4471-B/08 of d e f g A light is');
  });
});
