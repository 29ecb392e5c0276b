import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';
import { OcrError } from '../errors/ocr-error.js';
import { ErrorCodeDto } from './dto/problem.dto.js';
import { Problems } from './openapi/answers.js';

/** Describes the error codes: where the `type` of a problem leads. */
@ApiTags('errors')
@Controller('api/errors')
export class ErrorsController {
  @Get()
  @ApiOperation({ summary: 'List the error codes' })
  @ApiResponse({ status: 200, type: [ErrorCodeDto] })
  list(): ErrorCodeDto[] {
    return (Object.keys(ERROR_CODES) as ErrorCode[]).map(describe);
  }

  @Get(':code')
  @ApiOperation({ summary: 'Describe an error code' })
  @ApiParam({ name: 'code', type: String, example: 'task_not_found' })
  @ApiResponse({ status: 200, type: ErrorCodeDto })
  @Problems('not_found')
  show(@Param('code') code: string): ErrorCodeDto {
    if (!Object.hasOwn(ERROR_CODES, code)) throw new OcrError('not_found');
    return describe(code as ErrorCode);
  }
}

function describe(code: ErrorCode): ErrorCodeDto {
  return { code, ...ERROR_CODES[code] };
}
