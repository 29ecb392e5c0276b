import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

/**
 * The windows, each with the number of its steps and their length in seconds. The last quarter of an hour is kept by ten seconds, the
 * rest by the minute.
 */
export const HISTORY_WINDOWS = {
  '5m': { steps: 30, seconds: 10 },
  '1h': { steps: 60, seconds: 60 },
  '1d': { steps: 96, seconds: 900 },
} as const;
export type HistoryWindow = keyof typeof HISTORY_WINDOWS;

const NAMES = Object.keys(HISTORY_WINDOWS) as HistoryWindow[];

/** Query of `GET /api/ocr/stats/history`. */
export class HistoryQueryDto {
  @IsIn(NAMES, { message: 'must be one of', context: { allowed: NAMES } })
  @ApiProperty({ enum: NAMES, default: '1h', required: false, description: 'Five minutes, an hour (default), a day.' })
  window: HistoryWindow = '1h';
}

export class HistoryPointDto {
  @ApiProperty({ format: 'date-time', example: '2026-01-31T08:00:00.000Z', description: 'Beginning of the step.' })
  at!: string;

  @ApiProperty({ example: 120, description: 'Pages finished well.' })
  pages_done!: number;

  @ApiProperty({ example: 1 })
  pages_failed!: number;

  @ApiProperty({ example: 120, description: 'Of pages finished well; in the step under way, over the time gone by.' })
  pages_per_minute!: number;

  @ApiProperty({ example: 6, description: 'Tasks that ended with results, some with failed pages.' })
  tasks_completed!: number;

  @ApiProperty({ example: 0 })
  tasks_failed!: number;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.8,
    description: 'From submission to start, of the tasks with results.',
  })
  mean_wait_seconds!: number | null;

  @ApiProperty({ type: Number, nullable: true, example: 18.2, description: 'From start to result, of the same tasks.' })
  mean_task_seconds!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 4,
    description: 'Most tasks that were queued at once, looked at every ten seconds; null when nobody looked.',
  })
  waiting_tasks!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 42.5,
    description: 'Longest any queued task had waited then; 0 when none was queued, null when nobody looked.',
  })
  oldest_wait_seconds!: number | null;
}

export class HistoryDto {
  @ApiProperty({ enum: NAMES })
  window!: HistoryWindow;

  @ApiProperty({ example: 60 })
  step_seconds!: number;

  @ApiProperty({ type: [HistoryPointDto], description: 'Oldest first, without gaps; the last one is still under way.' })
  points!: HistoryPointDto[];
}
