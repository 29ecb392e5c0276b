import { describe, expect, it } from 'vitest';
import type { EngineBlock, PixelBox } from './engines/ocr-engine.js';
import { turnedSize } from '../document/preparation/rotate.js';
import { toPageBlocks } from './page-mapping.js';

const box = (x0: number, y0: number, x1: number, y1: number): PixelBox => ({ x0, y0, x1, y1 });
const oneLine = (line: PixelBox, words: EngineBlock['paragraphs'][0]['lines'][0]['words']): EngineBlock[] => [
  { box: line, paragraphs: [{ box: line, lines: [{ box: line, words }] }] },
];

describe('what an engine found', () => {
  const origin = { width: 200, height: 400, skew: 0, turn: 0 } as const;
  const place = { origin, width: 100, height: 200 };

  it('is given in points of the page', () => {
    const word = { text: ' word ', box: box(20, 40, 60, 50), confidence: 91.239 };
    expect(toPageBlocks(oneLine(word.box, [word]), place)).toEqual([
      {
        box: box(10, 20, 30, 25),
        paragraphs: [
          {
            box: box(10, 20, 30, 25),
            lines: [{ box: box(10, 20, 30, 25), words: [{ text: 'word', box: box(10, 20, 30, 25), confidence: 91.24 }] }],
          },
        ],
      },
    ]);
  });

  it.each([
    // The word lies at the top left of the image the engine saw.
    [90, box(0, 200 - 30, 5, 200 - 10), 270],
    [180, box(100 - 30, 200 - 5, 100 - 10, 200), 180],
    [270, box(100 - 5, 10, 100, 30), 90],
  ] as const)('lies right on a page whose image was turned by %i, and says how its lines run', (turn, expected, angle) => {
    const word = { text: 'word', box: box(20, 0, 60, 10), confidence: 90 };
    const [block] = toPageBlocks(oneLine(word.box, [word]), { ...place, origin: { ...origin, turn } });
    expect(block?.paragraphs[0]?.lines[0]).toMatchObject({ angle, box: expected, words: [{ box: expected }] });
  });

  it.each([2, -5])('lies where it stood on a page that was crooked by %i degrees', (skew) => {
    // A box 40 x 2 pixels in the middle of the straightened image, whose middle is that of the page.
    const straight = turnedSize(200, 400, -skew);
    const [x, y] = [straight.width / 2, straight.height / 2];
    const word = { text: 'word', box: box(x - 20, y - 1, x + 20, y + 1), confidence: 90 };
    const [block] = toPageBlocks(oneLine(word.box, [word]), { ...place, origin: { ...origin, skew } });
    const { x0, y0, x1, y1 } = block?.box ?? box(0, 0, 0, 0);
    expect((x0 + x1) / 2).toBeCloseTo(50, 1);
    expect((y0 + y1) / 2).toBeCloseTo(100, 1);
    const angle = (Math.abs(skew) * Math.PI) / 180;
    expect(x1 - x0).toBeCloseTo((40 * Math.cos(angle) + 2 * Math.sin(angle)) / 2, 1);
    expect(y1 - y0).toBeCloseTo((40 * Math.sin(angle) + 2 * Math.cos(angle)) / 2, 1);
  });

  it('never leaves the page', () => {
    const word = { text: 'word', box: box(-4, 390, 210, 420), confidence: 90 };
    expect(toPageBlocks(oneLine(word.box, [word]), place)[0]?.box).toEqual(box(0, 195, 100, 200));
  });

  it('is without junk', () => {
    const lying = box(0, 0, 40, 10);
    const junk = [
      { text: '  ', box: lying, confidence: 95 },
      { text: 'x', box: lying, confidence: -1 },
      { text: 'y', box: lying, confidence: Number.NaN },
    ];
    expect(toPageBlocks(oneLine(lying, junk), place)).toEqual([]);
  });

  it('says which way a line on the margin runs', () => {
    const up = [
      { text: 'upward', box: box(0, 100, 10, 160), confidence: 90 },
      { text: 'words', box: box(0, 40, 10, 90), confidence: 90 },
    ];
    const down = [
      { text: 'downward', box: box(180, 40, 190, 90), confidence: 90 },
      { text: 'words', box: box(180, 100, 190, 160), confidence: 90 },
    ];
    const alone = [{ text: 'alone', box: box(90, 40, 100, 90), confidence: 90 }];
    const angles = [up, down, alone].map(
      (words) => toPageBlocks(oneLine(box(0, 0, 200, 200), words), place)[0]?.paragraphs[0]?.lines[0]?.angle,
    );
    expect(angles).toEqual([270, 90, 270]);
  });
});
