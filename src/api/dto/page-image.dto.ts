import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const LEAST_WIDTH = 50;
const MOST_WIDTH = 3000;
const message = `must be a whole number from ${LEAST_WIDTH} to ${MOST_WIDTH}`;

/** Query of `GET /api/ocr/tasks/{task_id}/pages/{page}/image`. */
export class PageImageQueryDto {
  @Type(() => Number)
  @IsInt({ message })
  @Min(LEAST_WIDTH, { message })
  @Max(MOST_WIDTH, { message })
  @ApiProperty({
    type: 'integer',
    minimum: LEAST_WIDTH,
    maximum: MOST_WIDTH,
    default: 800,
    required: false,
    description: 'Pixels.',
  })
  width = 800;
}
