import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  JOB_STATES,
  PRIORITIES,
  TASK_STATUSES,
  type Format,
  type JobState,
  type Priority,
  type TaskStatus,
} from '../../task-manager/task.types.js';
import { TaskErrorDto } from './problem.dto.js';
import { TaskOptionsDto } from './task-options.dto.js';

const ID = '019a3f6e-7c1d-7b3a-9f21-5d0c8f6a2b11';
const at = (description: string, nullable = false) => ({
  type: String,
  format: 'date-time',
  nullable,
  description,
  example: '2026-01-31T08:00:00.000Z',
});

/** Where to go from a task. Paths begin at the server's root. */
export class TaskLinksDto {
  @ApiProperty({ example: `/api/ocr/tasks/${ID}` })
  self!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/pause` })
  pause!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/resume` })
  resume!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/cancel` })
  cancel!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/retry` })
  retry!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/result`, description: 'Add `?format=`.' })
  result!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/events`, description: 'What has happened so far.' })
  events!: string;

  @ApiProperty({ example: `/api/ocr/tasks/${ID}/webhooks`, description: 'What was sent to webhooks.' })
  webhooks!: string;

  @ApiProperty({ example: `ws://127.0.0.1:8000/ws/ocr/task/${ID}`, description: 'What happens from now on.' })
  websocket!: string;
}

/** The answer to a document handed in. */
export class SubmittedDto {
  @ApiProperty({ format: 'uuid', example: ID })
  task_id!: string;

  @ApiProperty({ enum: TASK_STATUSES, enumName: 'TaskStatus', example: 'queued' })
  status!: TaskStatus;

  @ApiProperty({
    required: false,
    example: 'document_ai',
    description: 'The provider asked for, when the default one stands in for it because it is not set up here.',
  })
  requested_provider?: string;

  @ApiProperty({ type: TaskLinksDto })
  links!: TaskLinksDto;
}

export class TaskPagesDto {
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Pages the task treats; null until the document is open.',
    example: 20,
  })
  total!: number | null;

  @ApiProperty({ example: 12 })
  done!: number;

  @ApiProperty({ example: 0 })
  failed!: number;
}

/** A task as lists show it. */
export class TaskSummaryDto {
  @ApiProperty({ format: 'uuid', example: ID })
  task_id!: string;

  @ApiProperty({ example: 'contrat.pdf', description: 'Name of the document.' })
  name!: string;

  @ApiProperty({ enum: TASK_STATUSES, enumName: 'TaskStatus', example: 'running' })
  status!: TaskStatus;

  @ApiProperty({ enum: PRIORITIES, enumName: 'Priority' })
  priority!: Priority;

  @ApiProperty({ type: String, nullable: true, description: 'Whom the work is for; null when the caller named nobody.' })
  tenant!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The batch it was handed in with.' })
  batch_id!: string | null;

  @ApiProperty({ description: 'True while it waits because its OCR provider is down.', example: false })
  held!: boolean;

  @ApiProperty({ minimum: 0, maximum: 1, example: 0.588, description: '1 only once the results can be fetched.' })
  progress!: number;

  @ApiProperty({ type: TaskPagesDto })
  pages!: TaskPagesDto;

  @ApiProperty({ type: Number, nullable: true, description: 'Pages in the document; null until it is open.', example: 20 })
  page_count!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Seconds it will probably take; null when nothing is known yet.',
    example: 9.5,
  })
  eta_seconds!: number | null;

  @ApiProperty({ description: 'How often it was sent through: 1, plus one for each retry.', example: 1 })
  run!: number;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { description: 'Document technique' } })
  metadata!: Record<string, unknown>;

  @ApiProperty({ type: TaskErrorDto, nullable: true, description: 'Why it failed.' })
  error!: TaskErrorDto | null;

  @ApiProperty(at('When it came in.'))
  created_at!: string;

  @ApiProperty(at('When work on it began, the last time it was sent through.', true))
  started_at!: string | null;

  @ApiProperty(at('When it came to its end.', true))
  finished_at!: string | null;

  @ApiProperty(at('Since when it is paused; null when it is not.', true))
  paused_at!: string | null;

  @ApiProperty({
    description:
      'Seconds it was paused since `started_at`, without the pause it is in now. They do not count in how long it took.',
    example: 0,
  })
  paused_seconds!: number;

  @ApiProperty(at('When it was last changed.'))
  updated_at!: string;

  @ApiProperty({ type: TaskLinksDto })
  links!: TaskLinksDto;
}

/** Where the document came from. Addresses are shown without credentials and query. */
export class TaskSourceDto {
  @ApiProperty({ enum: ['path', 'url', 'upload'] })
  kind!: 'path' | 'url' | 'upload';

  @ApiProperty({ required: false, description: 'As the caller gave it.' })
  path?: string;

  @ApiProperty({ required: false })
  url?: string;

  @ApiProperty({ required: false, description: 'Bytes of an upload.' })
  size?: number;

  @ApiProperty({ required: false, description: 'Hex digest of an upload.' })
  sha256?: string;
}

/** A range of pages worked on as one. */
export class ChunkDto {
  @ApiProperty({ example: 1, description: '1-based.' })
  chunk!: number;

  @ApiProperty({ example: 1 })
  first_page!: number;

  @ApiProperty({ example: 5, description: 'Inclusive; of the pages between, those the task treats.' })
  last_page!: number;

  @ApiProperty({ enum: JOB_STATES, enumName: 'JobState', example: 'done' })
  state!: JobState;

  @ApiProperty({ example: 1, description: 'Attempts begun.' })
  attempt!: number;

  @ApiProperty({ example: 0, description: 'Times it was lost with its node.' })
  stalls!: number;

  @ApiProperty({ example: 5 })
  pages_total!: number;

  @ApiProperty({ example: 5 })
  pages_done!: number;

  @ApiProperty({ example: 0 })
  pages_failed!: number;

  @ApiProperty({
    type: TaskErrorDto,
    nullable: true,
    description: 'The last error, also of an attempt that was followed by a better one.',
  })
  error!: TaskErrorDto | null;

  @ApiProperty(at('When the last attempt began.', true))
  started_at!: string | null;

  @ApiProperty(at('When it came to its end.', true))
  finished_at!: string | null;
}

export class ResultDto {
  @ApiProperty({ example: `/api/ocr/tasks/${ID}/result?format=pdf` })
  href!: string;

  @ApiProperty({ example: 482_113, description: 'Bytes.' })
  size!: number;

  @ApiProperty({ description: 'Hex digest; also the ETag.' })
  sha256!: string;

  @ApiProperty({ example: 'application/pdf' })
  content_type!: string;

  @ApiProperty({ example: 'contrat.pdf' })
  file_name!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '/srv/outbox/contrat.pdf',
    description: 'The file it was put into besides, where `output_path` asked for that.',
  })
  delivered_to!: string | null;
}

/** All there is to know of a task. */
@ApiExtraModels(ResultDto)
export class TaskDto extends TaskSummaryDto {
  @ApiProperty({ type: TaskSourceDto })
  source!: TaskSourceDto;

  @ApiProperty({ type: TaskOptionsDto })
  options!: TaskOptionsDto;

  @ApiProperty({ type: [ChunkDto], description: 'Empty until the document is open.' })
  chunks!: ChunkDto[];

  @ApiProperty({ type: [TaskErrorDto], description: 'The pages that failed for good, at most 1,000.' })
  failed_pages!: TaskErrorDto[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ResultDto) },
    description: 'The results that can be fetched, by format. During a retry those of the run before.',
  })
  results!: Partial<Record<Format, ResultDto>>;
}

export class TaskListDto {
  @ApiProperty({ type: [TaskSummaryDto] })
  tasks!: TaskSummaryDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Give it as `cursor` to get the next ones; null at the end.' })
  next_cursor!: string | null;
}
