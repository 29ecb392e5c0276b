import type { PageResult } from '../page-result.js';
import type { GlyphlessFont } from './glyphless-font.js';
import type { Matrix } from './page-geometry.js';
import { LinePen } from './line-pen.js';
import { short } from './short-number.js';
import { placeParagraph, type PlacedLine } from './text-line.js';

/**
 * The content stream of a page's invisible text (render mode 3). Empty when there is nothing to write.
 * @param toUserSpace from the page as displayed, origin bottom left
 * @param fontName resource name of the font, without a slash
 */
export function textLayer(result: PageResult, toUserSpace: Matrix, fontName: string, font: GlyphlessFont): Buffer {
  const layer = new Layer(fontName, new LinePen(font), result.height);
  for (const block of result.blocks)
    for (const { lines } of block.paragraphs) for (const line of placeParagraph(lines, result.orientation)) layer.add(line);
  if (layer.isEmpty) return Buffer.alloc(0);
  const matrix = toUserSpace.map((value) => short(value, 5)).join(' ');
  const cm = matrix === '1 0 0 1 0 0' ? '' : `${matrix} cm\n`;
  return Buffer.concat([Buffer.from(`q\n${cm}BT\n3 Tr\n`), layer.toBuffer(), Buffer.from('ET\nQ\n')]);
}

/** The lines, each moved to from the one before as long as they run the same way: that takes the fewest bytes. */
class Layer {
  private readonly parts: Buffer[] = [];
  private size = '';
  /** Where the last line began, in its own frame, as far as it was written. */
  private at = { angle: 0, start: 0, baseline: 0 };
  private begun = false;

  constructor(
    private readonly fontName: string,
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
    this.setSize(line.size);
    for (const { start, operators } of this.pen.write(line)) {
      this.moveTo(line.angle, start, line.baseline);
      this.parts.push(operators);
    }
  }

  private setSize(size: number): void {
    const operator = `/${this.fontName} ${short(size)} Tf\n`;
    if (operator === this.size) return;
    this.size = operator;
    this.parts.push(Buffer.from(operator));
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
