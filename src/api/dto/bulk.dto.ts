import { ApiProperty } from '@nestjs/swagger';

export class BulkErrorDto {
  @ApiProperty({ format: 'uuid' })
  task_id!: string;

  @ApiProperty({ example: 'invalid_transition' })
  code!: string;

  @ApiProperty()
  message!: string;
}

/** What an action on many tasks has done. */
export class BulkOutcomeDto {
  @ApiProperty({
    example: 12,
    description:
      'Tasks of the filter that are in a state the action starts from; where `next_after` is not `null`, those it has got to.',
  })
  matched!: number;

  @ApiProperty({ example: 12, description: '0 when it was only to count.' })
  changed!: number;

  @ApiProperty({ type: [BulkErrorDto], description: 'The tasks it could not be done to: somebody was faster.' })
  errors!: BulkErrorDto[];

  @ApiProperty({
    format: 'date-time',
    description: 'The moment of the look. As `created_to` of a later call it keeps out the tasks that have come since.',
  })
  as_of!: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description:
      'Goes into `filter.after` of the next call, which goes on behind the `limit`, or where the minute of this one was over. `null` when no task is left.',
  })
  next_after!: string | null;
}
