import { ApiProperty } from '@nestjs/swagger';
import { EVENT_TYPES, type EventType } from '../../task-manager/task.types.js';

/** Something that happened to a task. */
export class EventDto {
  @ApiProperty({ example: '1042', description: 'Grows with time, with gaps. A decimal number as text.' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  task_id!: string;

  @ApiProperty({ enum: EVENT_TYPES, enumName: 'EventType', example: 'chunk.completed' })
  type!: EventType;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { first_page: 1, last_page: 5, attempt: 1 } })
  data!: Record<string, unknown>;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;
}

export class EventListDto {
  @ApiProperty({ type: [EventDto], description: 'Oldest first.' })
  events!: EventDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `after` to get the next ones; null when there are no more now.',
  })
  next_after!: string | null;
}
