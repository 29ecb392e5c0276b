import type { Block } from '@aws-sdk/client-textract';
import type { GrayImage } from '../../../document/document.types.js';
import { aroundCorners } from '../remote/assemble.js';
import type { FoundBlock, FoundLine, FoundWord } from '../remote/found.js';
import { badAnswer } from '../remote/remote-errors.js';

/**
 * The words of a page from Textract's flat list: LINE blocks name their WORD blocks as children; places are fractions of
 * the page. Textract tells lines in reading order and nothing above them: each becomes a paragraph's line of one block.
 * https://docs.aws.amazon.com/textract/latest/dg/how-it-works-lines-words.html
 */
export function blocksOf(
  name: string,
  blocks: readonly Block[] | undefined,
  image: Pick<GrayImage, 'width' | 'height'>,
): FoundBlock[] {
  if (!blocks?.some((block) => block.BlockType === 'PAGE')) throw badAnswer(name, 'no page in it');
  const words = new Map(blocks.filter((block) => block.BlockType === 'WORD').map((block) => [block.Id, block]));
  const lines = blocks
    .filter((block) => block.BlockType === 'LINE')
    .map((line): FoundLine => {
      const ids = line.Relationships?.find(({ Type }) => Type === 'CHILD')?.Ids ?? [];
      return ids.flatMap((id) => toWord(words.get(id), image) ?? []);
    });
  return [[lines]];
}

function toWord(block: Block | undefined, { width, height }: Pick<GrayImage, 'width' | 'height'>): FoundWord | undefined {
  if (block === undefined) return undefined;
  // The polygon follows turned words; the bounding box is what there is without it.
  const { Polygon, BoundingBox } = block.Geometry ?? {};
  const { Left = NaN, Top = NaN, Width = NaN, Height = NaN } = BoundingBox ?? {};
  const corners =
    Polygon !== undefined && Polygon.length > 0
      ? Polygon.map(({ X = NaN, Y = NaN }) => ({ x: X, y: Y }))
      : [
          { x: Left, y: Top },
          { x: Left + Width, y: Top + Height },
        ];
  return {
    text: block.Text ?? '',
    box: aroundCorners(corners.map(({ x, y }) => ({ x: x * width, y: y * height }))),
    confidence: block.Confidence ?? 0,
  };
}
