import { describe, expect, it, vi } from 'vitest';
import type { GrayImage } from '../document/document.types.js';
import type { PreparedPage, RightAngle } from '../document/preparation/preparation.types.js';
import { turnBoxBack } from '../document/preparation/turned-image.js';
import { around } from './engines/remote/assemble.js';
import { linesOf } from './engines/engine-lines.js';
import type { EngineBlock, EngineLine } from './engines/ocr-engine.js';
import { findTurn, turnOfSample } from './orientation.js';

type Words = EngineLine['words'];

const [WIDTH, HEIGHT] = [400, 300];

/** What stands on a page that has been turned so far from upright, told as an engine does that reads a page whichever way it lies. */
function linesLying(turned: RightAngle, texts: readonly string[]): EngineBlock[] {
  const isSideways = turned === 90 || turned === 270;
  const [width, height] = isSideways ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
  const fromRight = /\p{Script=Hebrew}/u.test(texts.join(' '));
  const lines = Array.from({ length: 8 }, (_, row) => {
    const words = (texts[row % texts.length] ?? '').split(' ').map((word, index) => {
      const x0 = fromRight ? WIDTH - 100 * (index + 1) : 100 * index;
      const box = { x0, y0: 30 * row, x1: x0 + 90, y1: 30 * row + 20 };
      // Turned on by so much as is missing to a full turn, a box is where turning it back by the turn has it come from.
      return { text: word, confidence: 95, box: turnBoxBack(box, ((360 - turned) % 360) as RightAngle, width, height) };
    });
    return { box: around(words), words };
  });
  return [{ box: around(lines), paragraphs: [{ box: around(lines), lines }] }];
}

/** A page that lies turned so far, with these lines again and again, and an engine that reads it whichever way it lies. */
function pageLying(turned: RightAngle, ...texts: string[]) {
  const isSideways = turned === 90 || turned === 270;
  const [width, height] = isSideways ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
  // Its only dark pixel tells how an image was turned.
  const corner = { 0: [0, 0], 90: [width - 1, 0], 180: [width - 1, height - 1], 270: [0, height - 1] }[turned] as [
    number,
    number,
  ];
  const data = new Uint8Array(width * height).fill(255);
  data[corner[1] * width + corner[0]] = 0;
  const image = { width, height, data, dpi: 100 };
  const sample = { x0: 0, y0: 0, x1: width, y1: height };
  const read = vi.fn((shown: GrayImage) => {
    const at = shown.data.indexOf(0);
    const [right, low] = [at % shown.width > 0, at >= shown.width];
    return Promise.resolve(linesLying(low ? (right ? 180 : 270) : right ? 90 : 0, texts));
  });
  return { page: { image, sample, likelyTurn: 0 } as unknown as PreparedPage, read };
}

describe('a page an engine reads whichever way it lies', () => {
  it.each([
    [0, 0],
    [90, 270],
    [180, 180],
    [270, 90],
  ] as const)('turned by %i degrees is set upright by %i more', async (turned, turn) => {
    const { page, read } = pageLying(turned, 'Recognised words everywhere');
    expect(await findTurn(page, await read(page.image), read)).toBe(turn);
    expect(await turnOfSample({ ...page, likelyTurn: 180 }, read)).toBe(turn);
  });

  it('stays as it is where it is written from the right, in whichever order its words are listed', async () => {
    const { page, read } = pageLying(0, 'מילים שנקראו היטב');
    const found = await read(page.image);
    expect(await findTurn(page, found, read)).toBe(0);
    for (const { words } of linesOf(found)) words.reverse();
    expect(await findTurn(page, found, read)).toBe(0);
  });

  it.each([
    ['lines that begin with a Latin word', ['HTML שפת סימון', 'CSS גיליונות סגנון', 'PDF תבנית המסמך', 'השרת פועל עכשיו']],
    ['measures, whose numbers stand to the right of their units', ['25 GB', '12 kg', '300 dpi', 'זיכרון']],
  ])('stays as it is where a page written from the right has %s', async (_, texts) => {
    const { page, read } = pageLying(0, ...texts);
    const found = await read(page.image);
    read.mockClear();
    expect(await findTurn(page, found, read)).toBe(0);
    expect(read).not.toHaveBeenCalled();
    expect(await turnOfSample(page, read)).toBe(0);
    expect(read).toHaveBeenCalledOnce();
  });

  it.each([
    ['running text', (words: Words) => words],
    ['rows told from their second cell on', ([first, ...others]: Words) => [...others, first!]],
    ['columns of vertical writing from the right, told as one line', columnsFromRight],
  ])('is not read again where it stands upright and shows %s', async (_, listed) => {
    const { page, read } = pageLying(0, 'Recognised words everywhere here');
    const found = await read(page.image);
    for (const line of linesOf(found)) line.words = listed(line.words);
    read.mockClear();
    expect(await findTurn(page, found, read)).toBe(0);
    expect(read).not.toHaveBeenCalled();
  });
});

/** The same words in two columns, each word below the one before. */
function columnsFromRight(words: Words): Words {
  return words.map((word, index) => {
    const [x0, y0] = [index < 2 ? 100 : 0, index === 1 ? 100 : 0];
    return { ...word, box: { x0, y0, x1: x0 + 30, y1: y0 + 30 } };
  });
}
