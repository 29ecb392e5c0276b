import { ApiProperty } from '@nestjs/swagger';
import type { PageSource } from '../../document/page-result.js';
import { PAGE_STATES, type PageState } from '../../task-manager/page-states.js';
import { TaskErrorDto } from './problem.dto.js';

const known = (type: typeof String | typeof Number, description?: string) => ({ type, nullable: true, description });

export class PageStateDto implements PageState {
  @ApiProperty({ example: 3, description: '1-based.' })
  page!: number;

  @ApiProperty({
    enum: PAGE_STATES,
    enumName: 'PageState',
    description: '`running`: its chunk is being worked on. `not_selected`: the task leaves it as it is.',
  })
  state!: PageState['state'];

  @ApiProperty({ enum: ['recognised', 'kept', 'blank'], nullable: true })
  source!: PageSource | null;

  @ApiProperty(known(Number, 'Mean word confidence 0..100.'))
  confidence!: number | null;

  @ApiProperty(known(Number, 'How many were read.'))
  words!: number | null;

  @ApiProperty(known(Number, 'Milliseconds it took.'))
  duration_ms!: number | null;

  @ApiProperty(known(String, 'The engine that read it.'))
  provider!: string | null;

  @ApiProperty(known(Number, 'The attempt of its chunk in which it was finished.'))
  attempt!: number | null;

  @ApiProperty({ type: TaskErrorDto, nullable: true, description: 'Why it failed.' })
  error!: TaskErrorDto | null;
}

/** How all pages of a document stand. */
export class PageListDto {
  @ApiProperty({ type: Number, nullable: true, description: 'Pages in the document; null until it is open.', example: 20 })
  page_count!: number | null;

  @ApiProperty({
    type: [PageStateDto],
    description: 'In order; empty until the document is open. Only finished pages have values.',
  })
  pages!: PageStateDto[];
}
