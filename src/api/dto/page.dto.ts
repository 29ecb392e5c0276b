import { ApiProperty } from '@nestjs/swagger';
import type { PageSource } from '../../document/page-result.js';
import { TaskErrorDto } from './problem.dto.js';

const angle = (description: string) => ({ type: Number, enum: [0, 90, 180, 270], description });

/** A rectangle in PDF points; the origin is the top left corner of the page as displayed. */
export class BoxDto {
  @ApiProperty({ example: 72 })
  x0!: number;

  @ApiProperty({ example: 96.5 })
  y0!: number;

  @ApiProperty({ example: 130.2 })
  x1!: number;

  @ApiProperty({ example: 108 })
  y1!: number;
}

export class WordDto {
  @ApiProperty({ example: 'Contrat' })
  text!: string;

  @ApiProperty({ type: BoxDto })
  box!: BoxDto;

  @ApiProperty({ example: 96.4, minimum: 0, maximum: 100 })
  confidence!: number;
}

export class LineDto {
  @ApiProperty({ type: BoxDto })
  box!: BoxDto;

  @ApiProperty({ type: [WordDto] })
  words!: WordDto[];

  @ApiProperty({ ...angle('Degrees the text runs clockwise from the page’s horizontal; absent: 0.'), required: false })
  angle?: number;
}

export class ParagraphDto {
  @ApiProperty({ type: BoxDto })
  box!: BoxDto;

  @ApiProperty({ type: [LineDto] })
  lines!: LineDto[];
}

export class BlockDto {
  @ApiProperty({ type: BoxDto })
  box!: BoxDto;

  @ApiProperty({ type: [ParagraphDto] })
  paragraphs!: ParagraphDto[];
}

export class EngineStampDto {
  @ApiProperty({ example: 'tesseract' })
  provider!: string;

  @ApiProperty({ example: '5.3.0' })
  version!: string;

  @ApiProperty({ example: 'fra' })
  language!: string;
}

/** A finished page. Where it failed there are only `page`, `state` and `error`. */
export class PageDto {
  @ApiProperty({ example: 3, description: '1-based, in the source document.' })
  page!: number;

  @ApiProperty({ enum: ['done', 'failed'] })
  state!: 'done' | 'failed';

  @ApiProperty({ type: TaskErrorDto, nullable: true })
  error!: TaskErrorDto | null;

  @ApiProperty({ required: false, description: 'Plain text: a line each, an empty line between paragraphs.' })
  text?: string;

  @ApiProperty({
    required: false,
    enum: ['recognised', 'kept', 'blank'],
    description: '`kept`: the page’s own text was taken over.',
  })
  source?: PageSource;

  @ApiProperty({ required: false, example: 595.3, description: 'Points, as displayed.' })
  width?: number;

  @ApiProperty({ required: false, example: 841.9 })
  height?: number;

  @ApiProperty({ ...angle('The page’s own /Rotate, clockwise.'), required: false })
  rotation?: number;

  @ApiProperty({ ...angle('Degrees clockwise the image was turned to stand upright.'), required: false })
  orientation?: number;

  @ApiProperty({ required: false, description: 'Degrees of skew found, positive clockwise.' })
  skew?: number;

  @ApiProperty({ required: false, type: Number, nullable: true, description: 'Mean word confidence 0..100.' })
  confidence?: number | null;

  @ApiProperty({ required: false, type: Number, nullable: true, description: 'Resolution of the image the engine saw.' })
  dpi?: number | null;

  @ApiProperty({ required: false, type: EngineStampDto, nullable: true })
  engine?: EngineStampDto | null;

  @ApiProperty({ required: false, description: 'Milliseconds it took.' })
  duration_ms?: number;

  @ApiProperty({ required: false, type: [BlockDto], description: 'In reading order.' })
  blocks?: BlockDto[];
}
