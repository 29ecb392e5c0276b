import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn } from 'class-validator';
import { PRIORITIES, type Priority } from '../../task-manager/task.types.js';

/** Body of `PATCH /api/ocr/tasks/{task_id}`. */
export class TaskChangesDto {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toUpperCase() : value))
  @IsIn(PRIORITIES, { message: 'must be one of', context: { allowed: PRIORITIES } })
  @ApiProperty({ enum: PRIORITIES, enumName: 'Priority', description: 'In any case.' })
  priority!: Priority;
}
