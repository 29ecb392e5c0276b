import type { PageResult } from '../page-result.js';
import type { GlyphlessFont } from './glyphless-font.js';
import type { Matrix } from './page-geometry.js';
import { isSideways, LinePen } from './line-pen.js';
import { short } from './short-number.js';
import { placeParagraph, type PlacedLine } from './text-line.js';

/** Cosine of the steepest lean of a line that runs across the page. */
const MOST_LEANING = 0.99;
/** In parts of the font size: how far below another a line must begin to be seen as one of its own, and a rise that is halfway there. */
const SEEN_AS_BELOW = 0.75;
const OUT_OF_LINE = 0.55;

/**
 * The content stream of a page's invisible text (render mode 3). Empty when there is nothing to write.
 * @param toUserSpace from the page as displayed, origin bottom left
 * @param fontName how the fonts' resource names begin, without a slash; the cut's number follows
 */
export function textLayer(result: PageResult, toUserSpace: Matrix, fontName: string, font: GlyphlessFont): Buffer {
  const layer = new Layer(new LinePen(font, fontName), result.height);
  for (const block of result.blocks)
    for (const { lines } of block.paragraphs) for (const line of placeParagraph(lines)) layer.add(line);
  if (layer.isEmpty) return Buffer.alloc(0);
  const matrix = toUserSpace.map((value) => short(value, 5)).join(' ');
  const cm = matrix === '1 0 0 1 0 0' ? '' : `${matrix} cm\n`;
  return Buffer.concat([Buffer.from(`q\n${cm}BT\n3 Tr\n`), layer.toBuffer(), Buffer.from('ET\nQ\n')]);
}

/** The lines, each moved to from the one before as long as they run the same way: that takes the fewest bytes. */
class Layer {
  private readonly parts: Buffer[] = [];
  /** Where the last line began, in its own frame, as far as it was written. */
  private at = { angle: 0, start: 0, baseline: 0 };
  private begun = false;
  private last: PlacedLine | null = null;

  constructor(
    private readonly pen: LinePen,
    private readonly pageHeight: number,
  ) {}

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts);
  }

  add(line: PlacedLine): void {
    this.keepApart(line);
    for (const { start, operators } of this.pen.write(line)) {
      this.moveTo(line.angle, start, line.baseline);
      this.parts.push(operators);
    }
  }

  /**
   * PDFium (Chrome) takes a piece of text that begins about as high as the one before it for more of the same line, however far it goes back. On a
   * page that leans, a line may begin as high as the one above it ends; on one that lies on its side, they all begin so. A blank piece out of
   * the way tells them apart.
   */
  private keepApart(next: PlacedLine): void {
    const line = this.last;
    this.last = next;
    if (!line) return;
    const [from, to] = [pointOf(line, this.pen.lastPiece), pointOf(next, next.words[0]?.start ?? 0)];
    const below = (to.y - from.y) / next.size;
    if (isSideways(line.angle) && isSideways(next.angle)) {
      if (Math.abs(below) < OUT_OF_LINE) this.parts.push(this.pen.blankPiece());
    } else if (isLeaning(line) && isLeaning(next) && to.x <= from.x && Math.abs(below) <= SEEN_AS_BELOW) {
      this.parts.push(this.pen.raisedPiece(below > 0 ? OUT_OF_LINE * next.size : -OUT_OF_LINE * next.size));
    }
  }

  private moveTo(angle: number, start: number, baseline: number): void {
    if (!this.begun || angle !== this.at.angle) this.moveAnew(angle, start, baseline);
    else {
      const [dx, dy] = [short(start - this.at.start, 1), short(this.at.baseline - baseline, 1)];
      this.at.start += Number(dx);
      this.at.baseline -= Number(dy);
      this.parts.push(Buffer.from(`${dx} ${dy} Td `));
    }
    this.begun = true;
  }

  private moveAnew(angle: number, start: number, baseline: number): void {
    this.at = { angle, start, baseline };
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    const x = short(start * cos - baseline * sin, 1);
    const y = short(this.pageHeight - (start * sin + baseline * cos), 1);
    const turned = [cos, -sin, sin, cos].map((value) => short(value, 5)).join(' ');
    this.parts.push(Buffer.from(`${turned} ${x} ${y} Tm `));
  }
}

/** True for a line that runs across the page, but not levelly. */
function isLeaning({ angle }: PlacedLine): boolean {
  return Math.abs(Math.sin(angle)) > 1e-3 && Math.cos(angle) > MOST_LEANING;
}

/** Where a place on the line's baseline is on the page. */
function pointOf({ angle, baseline }: PlacedLine, along: number): { x: number; y: number } {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  return { x: along * cos - baseline * sin, y: along * sin + baseline * cos };
}
