import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '../config/settings.js';
import type { Priority, TaskStatus } from '../task-manager/task.types.js';

const seconds = (description: string, example: number) => ({ type: Number, nullable: true, description, example });

export class TasksByStatusDto implements Record<TaskStatus, number> {
  @ApiProperty({ example: 4 })
  queued!: number;

  @ApiProperty({ example: 3 })
  running!: number;

  @ApiProperty({ example: 0 })
  paused!: number;

  @ApiProperty({ example: 120, description: 'Of the tasks still kept (`completed_task_retention`); so are the next three.' })
  completed!: number;

  @ApiProperty({ example: 2 })
  completed_with_errors!: number;

  @ApiProperty({ example: 1 })
  failed!: number;

  @ApiProperty({ example: 0 })
  cancelled!: number;
}

export class QueueLoadDto {
  @ApiProperty({ example: 7, description: 'Unfinished tasks, paused ones included.' })
  tasks!: number;

  @ApiProperty({ example: 310, description: 'Pages of chunks that wait for their turn. Documents not opened yet have none.' })
  waiting_pages!: number;

  @ApiProperty(seconds('How long the longest queued task has waited; null when none is queued.', 42.5))
  oldest_wait_seconds!: number | null;
}

export class QueueByPriorityDto implements Record<Priority, QueueLoadDto> {
  @ApiProperty()
  CRITICAL!: QueueLoadDto;

  @ApiProperty()
  HIGH!: QueueLoadDto;

  @ApiProperty()
  NORMAL!: QueueLoadDto;

  @ApiProperty()
  LOW!: QueueLoadDto;
}

export class QueueDto extends QueueLoadDto {
  @ApiProperty()
  by_priority!: QueueByPriorityDto;
}

export class SpreadDto {
  @ApiProperty(seconds('Mean.', 18.2))
  mean!: number | null;

  @ApiProperty(seconds('Median, of the tasks still kept.', 12.4))
  p50!: number | null;

  @ApiProperty(seconds('95 of 100 were faster; of the tasks still kept.', 55.9))
  p95!: number | null;
}

export class WindowDto {
  @ApiProperty({ example: 240, description: 'Pages finished well.' })
  pages!: number;

  @ApiProperty({ example: 1 })
  pages_failed!: number;

  @ApiProperty({ example: 48 })
  pages_per_minute!: number;

  @ApiProperty({ ...seconds('Mean work on a page, in milliseconds; null without pages.', 1240) })
  mean_page_ms!: number | null;

  @ApiProperty({ example: 11, description: 'A task that is retried ends, and counts, once more.' })
  tasks_completed!: number;

  @ApiProperty({ example: 1 })
  tasks_completed_with_errors!: number;

  @ApiProperty({ example: 0 })
  tasks_failed!: number;

  @ApiProperty({ example: 0 })
  tasks_cancelled!: number;

  @ApiProperty({ description: 'From start to result, in seconds, of the tasks that brought one.' })
  task_seconds!: SpreadDto;

  @ApiProperty({ description: 'From submission to start, in seconds, of the same tasks.' })
  wait_seconds!: SpreadDto;
}

export class NodeDto {
  @ApiProperty({ format: 'uuid', example: '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed' })
  id!: string;

  @ApiProperty({ example: 'ocr-1', description: 'Host name.' })
  name!: string;

  @ApiProperty({ enum: ROLES, isArray: true, example: ['api', 'worker', 'scheduler'] })
  roles!: Role[];

  @ApiProperty({ example: '0.1.0' })
  version!: string;

  @ApiProperty({ example: 4, description: 'Pages it reads at the same time.' })
  slots!: number;

  @ApiProperty({ example: 3 })
  running_pages!: number;

  @ApiProperty({ example: 1 })
  running_jobs!: number;

  @ApiProperty({ example: 512, description: 'Resident memory of the process, in megabytes.' })
  memory_mb!: number;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T08:00:00.000Z' })
  started_at!: string;

  @ApiProperty({ example: 0.8, description: 'Seconds since its last heartbeat.' })
  last_heartbeat_seconds!: number;
}

/** Answer of `GET /api/ocr/stats`. */
export class StatsDto {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T08:00:00.000Z' })
  generated_at!: string;

  @ApiProperty({ example: 3, description: 'Tasks worked on at the same time, over all nodes.' })
  max_concurrent_tasks!: number;

  @ApiProperty()
  tasks_by_status!: TasksByStatusDto;

  @ApiProperty()
  queue!: QueueDto;

  @ApiProperty()
  last_5_minutes!: WindowDto;

  @ApiProperty()
  last_hour!: WindowDto;

  @ApiProperty()
  last_day!: WindowDto;

  @ApiProperty({ type: [NodeDto] })
  nodes!: NodeDto[];
}

export type Stats = StatsDto;
