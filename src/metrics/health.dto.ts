import { ApiProperty } from '@nestjs/swagger';
import { HEALTH_PROBLEMS, type Health } from '../health/health-registry.js';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  status!: 'ok';
}

export class HealthCheckDto {
  @ApiProperty({ example: true })
  healthy!: boolean;

  @ApiProperty({ required: false, enum: HEALTH_PROBLEMS, enumName: 'HealthProblem', description: 'What is wrong, for programs.' })
  code?: Health['code'];

  @ApiProperty({ required: false, description: 'What is wrong, in words.', example: 'No answer in time.' })
  detail?: string;
}

/** Answer of `GET /readyz`: 200 when every part is healthy, else 503. */
export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'unavailable'], example: 'ok' })
  status!: 'ok' | 'unavailable';

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/HealthCheckDto' },
    description: 'The parts this process needs for its roles, by name.',
    example: { database: { healthy: true }, store: { healthy: true }, dispatcher: { healthy: true } },
  })
  checks!: Record<string, HealthCheckDto>;
}
