import { ApiProperty } from '@nestjs/swagger';
import type { TaskStatus } from '../../task-manager/task.types.js';
import { ProblemDto } from './problem.dto.js';

const ID = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';

export class BatchLinksDto {
  @ApiProperty({ example: `/api/ocr/batches/${ID}` })
  self!: string;

  @ApiProperty({ example: `/api/ocr/tasks?batch_id=${ID}` })
  tasks!: string;
}

/** What became of one document of a batch: it has a `task_id`, or an `error`. */
export class BatchItemDto {
  @ApiProperty({ example: 0, description: 'Place in `documents`, from 0.' })
  index!: number;

  @ApiProperty({ required: false, format: 'uuid' })
  task_id?: string;

  @ApiProperty({
    required: false,
    example: 'document_ai',
    description: 'The provider asked for, when the default one stands in for it because it is not set up here.',
  })
  requested_provider?: string;

  @ApiProperty({ required: false, type: ProblemDto, description: 'Why it was refused.' })
  error?: Omit<ProblemDto, 'errors'> | null;
}

/** The answer to documents handed in together. */
export class SubmittedBatchDto {
  @ApiProperty({ format: 'uuid', example: ID })
  batch_id!: string;

  @ApiProperty({ type: [BatchItemDto], description: 'One for each document, in the order given.' })
  tasks!: BatchItemDto[];

  @ApiProperty({ type: BatchLinksDto })
  links!: BatchLinksDto;
}

export class BatchTasksDto {
  @ApiProperty({ example: 100 })
  total!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { queued: 60, running: 3, paused: 0, completed: 36, completed_with_errors: 0, failed: 1, cancelled: 0 },
  })
  by_status!: Record<TaskStatus, number>;
}

export class BatchPagesDto {
  @ApiProperty({ example: 1200, description: 'Of the documents opened so far.' })
  total!: number;

  @ApiProperty({ example: 700 })
  done!: number;

  @ApiProperty({ example: 0 })
  failed!: number;
}

/** How the tasks handed in together stand. */
export class BatchDto {
  @ApiProperty({ format: 'uuid', example: ID })
  batch_id!: string;

  @ApiProperty({ minimum: 0, maximum: 1, example: 0.38, description: '1 once every task is finished, however it ended.' })
  progress!: number;

  @ApiProperty({ type: BatchTasksDto })
  tasks!: BatchTasksDto;

  @ApiProperty({ type: BatchPagesDto })
  pages!: BatchPagesDto;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null while a task is unfinished.' })
  finished_at!: string | null;

  @ApiProperty({ type: BatchLinksDto })
  links!: BatchLinksDto;
}
