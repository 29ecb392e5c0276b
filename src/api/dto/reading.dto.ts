import { ApiProperty } from '@nestjs/swagger';
import type { PageSource } from '../../document/page-result.js';
import { READING_STATES, type Reading, type ReadingOptions } from '../../task-manager/readings.js';
import { MODES, type Mode } from '../../task-manager/task.types.js';
import { PageDto } from './page.dto.js';
import { TaskErrorDto } from './problem.dto.js';
import { PreprocessDto } from './task-options.dto.js';

const at = (description: string) => ({ type: String, format: 'date-time', nullable: true, description });

export class ReadingOptionsDto implements ReadingOptions {
  @ApiProperty({ example: 'tesseract' })
  provider!: string;

  @ApiProperty({ example: 'eng+fra' })
  language!: string;

  @ApiProperty({ enum: MODES, enumName: 'Mode' })
  mode!: Mode;

  @ApiProperty({ example: 300, description: '0: what suits the page.' })
  dpi!: number;

  @ApiProperty({ required: false, type: PreprocessDto })
  preprocess?: PreprocessDto;

  @ApiProperty({ required: false, description: 'Whether it is read again when the first look is doubtful. Left out: yes.' })
  second_look?: boolean;
}

/** A page read once more. */
export class ReadingDto {
  @ApiProperty({ format: 'uuid' })
  reading_id!: string;

  @ApiProperty({ example: 3 })
  page!: number;

  @ApiProperty({ enum: READING_STATES, enumName: 'ReadingState' })
  state!: Reading['state'];

  @ApiProperty({ type: ReadingOptionsDto })
  options!: ReadingOptionsDto;

  @ApiProperty({ enum: ['recognised', 'kept', 'blank'], nullable: true })
  source!: PageSource | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Mean word confidence 0..100.' })
  confidence!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  words!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Milliseconds it took.' })
  duration_ms!: number | null;

  @ApiProperty({ type: TaskErrorDto, nullable: true, description: 'Why it failed.' })
  error!: TaskErrorDto | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty(at('When it came to its end.'))
  finished_at!: string | null;

  @ApiProperty(at('When it was put in the place of the page’s result.'))
  accepted_at!: string | null;

  @ApiProperty({
    description:
      'True for what the page was first read as. It is listed once another reading was accepted; accepting it undoes that, also where the page had failed.',
  })
  original!: boolean;
}

/** A reading beside what the page was read as before. */
export class ReadingComparisonDto {
  @ApiProperty({ type: ReadingDto })
  reading!: ReadingDto;

  @ApiProperty({ type: PageDto, nullable: true, description: 'What it reads; null until it is done.' })
  result!: PageDto | null;

  @ApiProperty({ type: PageDto, description: 'The page’s present result.' })
  current!: PageDto;
}

export class ReadingListDto {
  @ApiProperty({ type: [ReadingDto], description: 'The original one first, then the oldest; at most 200.' })
  readings!: ReadingDto[];
}
