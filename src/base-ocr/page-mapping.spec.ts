import { describe, expect, it } from 'vitest';
import type { EngineBlock, PixelBox } from './engines/ocr-engine.js';
import { toPageBlocks } from './page-mapping.js';

const box = (x0: number, y0: number, x1: number, y1: number): PixelBox => ({ x0, y0, x1, y1 });
const oneLine = (line: PixelBox, words: EngineBlock['paragraphs'][0]['lines'][0]['words']): EngineBlock[] => [
  { box: line, paragraphs: [{ box: line, lines: [{ box: line, words }] }] },
];

describe('what an engine found', () => {
  const place = { image: { width: 200, height: 400 }, turn: 0, width: 100, height: 200 } as const;

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
    const [block] = toPageBlocks(oneLine(word.box, [word]), { ...place, turn });
    expect(block?.paragraphs[0]?.lines[0]).toMatchObject({ angle, box: expected, words: [{ box: expected }] });
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
