import { ApiProperty } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode, type ErrorPhase } from '../../errors/error-codes.js';

const CODES = Object.keys(ERROR_CODES);
const PHASES = [...new Set(Object.values(ERROR_CODES).map((info) => info.phase))];

/** One wrong field of a request. */
export class FieldErrorDto {
  @ApiProperty({ example: 'options.mode', description: 'Path of the field, or the name of the parameter.' })
  field!: string;

  @ApiProperty({ example: 'must be one of' })
  message!: string;

  @ApiProperty({
    required: false,
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    example: ['skip_text', 'redo', 'force'],
  })
  allowed?: (string | number)[];

  @ApiProperty({
    required: false,
    enum: CODES,
    enumName: 'ErrorCode',
    description: 'In answers about several documents: the code of this one.',
  })
  code?: ErrorCode;
}

/** An error answer (RFC 9457). */
export class ProblemDto {
  @ApiProperty({ example: '/api/errors/task_not_found', description: 'Address of the description of `code`.' })
  type!: string;

  @ApiProperty({ example: 'There is no such task' })
  title!: string;

  @ApiProperty({ example: 404, description: 'The HTTP status.' })
  status!: number;

  @ApiProperty({ description: 'What is wrong with this very call.' })
  detail!: string;

  @ApiProperty({ enum: CODES, enumName: 'ErrorCode', example: 'task_not_found', description: 'Stable: programs go by it.' })
  code!: ErrorCode;

  @ApiProperty({ description: 'True when trying again later, unchanged, may succeed.' })
  retryable!: boolean;

  @ApiProperty({ example: '/api/ocr/tasks/019a3f6e-0000-7000-8000-000000000000', description: 'Path of the call.' })
  instance!: string;

  @ApiProperty({ required: false, description: 'Finds the call in `logs/api.log`.' })
  request_id?: string;

  @ApiProperty({ required: false, type: [FieldErrorDto], description: 'Which fields are wrong, and why.' })
  errors?: FieldErrorDto[];
}

/** An error of a task, a chunk or a page. */
export class TaskErrorDto {
  @ApiProperty({ enum: CODES, enumName: 'ErrorCode', example: 'damaged_document' })
  code!: ErrorCode;

  @ApiProperty({ enum: PHASES, enumName: 'ErrorPhase', description: 'Where in the document’s way it arose.' })
  phase!: ErrorPhase;

  @ApiProperty({ description: 'True when a retry may succeed.' })
  retryable!: boolean;

  @ApiProperty({ example: 'The document is damaged and cannot be opened' })
  message!: string;

  @ApiProperty({ required: false, description: '1-based page it belongs to.' })
  page?: number;
}

/** What the catalogue says of an error code. */
export class ErrorCodeDto {
  @ApiProperty({ enum: CODES, enumName: 'ErrorCode' })
  code!: ErrorCode;

  @ApiProperty({ description: 'HTTP status, where it answers a call.' })
  status!: number;

  @ApiProperty()
  title!: string;

  @ApiProperty({ enum: PHASES, enumName: 'ErrorPhase' })
  phase!: ErrorPhase;

  @ApiProperty({ description: 'True when trying again later, unchanged, may succeed.' })
  retryable!: boolean;
}
