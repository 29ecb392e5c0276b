import { ApiProperty } from '@nestjs/swagger';
import { ATTENTION_KINDS, STALL_CAUSES, type AttentionKind, type StallCause } from '../../task-manager/attention.js';
import { TaskErrorDto } from '../dto/problem.dto.js';
import { TaskSummaryDto } from '../dto/task.dto.js';

export class AttentionCountsDto implements Record<AttentionKind, number> {
  @ApiProperty({ example: 1, description: 'Unfinished tasks that do not come on. Each count stops at 1,000.' })
  stalled!: number;

  @ApiProperty({ example: 2 })
  failed!: number;

  @ApiProperty({ example: 1, description: 'Tasks completed with errors: something is missing in their result.' })
  gaps!: number;

  @ApiProperty({
    example: 3,
    description: 'Completed tasks whose mean confidence is below 70, or a quarter of whose recognised pages are.',
  })
  low_confidence!: number;
}

/** A task somebody should look at, and why. */
export class AttentionItemDto {
  @ApiProperty({ enum: ATTENTION_KINDS, enumName: 'AttentionKind', example: 'stalled' })
  kind!: AttentionKind;

  @ApiProperty({
    enum: STALL_CAUSES,
    enumName: 'StallCause',
    nullable: true,
    example: 'provider_down',
    description:
      'Of stalled tasks. `provider_down`: held until its provider answers again. `lost`: a job of it was lost with its node. `no_progress`: nothing happened for five minutes although a node works on it, and no job of it is within the time its node gives one (`chunk_timeout`). `backing_off`: it waits for another attempt. `no_worker`: no node reads pages. `paused`: for an hour.',
  })
  cause!: StallCause | null;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T08:00:00.000Z', description: 'Since when it is so.' })
  since!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the queue tries again by itself; null where it does not, or nobody knows when.',
  })
  until!: string | null;

  @ApiProperty({ type: TaskErrorDto, nullable: true, description: 'Why a stalled task waits. For the others see `task.error`.' })
  error!: TaskErrorDto | null;

  @ApiProperty({ type: String, nullable: true, example: 'document_ai', description: 'The provider that is down.' })
  provider!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 2, description: 'Of lost tasks: how often.' })
  losses!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 58.4,
    description: 'Mean over the words read, 0 to 100. Of `low_confidence`.',
  })
  confidence!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 3,
    description: 'Pages with a confidence below 70. Of `low_confidence`.',
  })
  doubtful_pages!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 12, description: 'The page read worst. Of `low_confidence`.' })
  worst_page!: number | null;

  @ApiProperty({ type: TaskSummaryDto })
  task!: TaskSummaryDto;
}

export class AttentionDto {
  @ApiProperty({ type: AttentionCountsDto })
  counts!: AttentionCountsDto;

  @ApiProperty({
    type: [AttentionItemDto],
    description:
      'Stalled tasks, the longest first; then failed ones, ones with gaps and doubtful ones, the latest of each first.',
  })
  items!: AttentionItemDto[];
}
