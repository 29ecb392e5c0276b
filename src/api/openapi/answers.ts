import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../../errors/error-codes.js';
import { ProblemDto } from '../dto/problem.dto.js';
import { OcrError } from '../../errors/ocr-error.js';
import { PROBLEM_TYPE, toProblem } from '../http/problem.js';

/** What any call may end with. */
const ALWAYS: readonly ErrorCode[] = ['unauthorized', 'origin_not_allowed', 'internal_error', 'service_unavailable'];

/** What any call with a body may end with before its route looks at it. */
export const BODY_REFUSALS: readonly ErrorCode[] = ['malformed_request', 'request_too_large', 'unsupported_media_type'];

/** Describes the errors a route answers with: one response a status, with an example a code. */
export function Problems(...codes: readonly ErrorCode[]): MethodDecorator & ClassDecorator {
  const all = [...new Set([...codes, ...ALWAYS])];
  const statuses = [...new Set(all.map((code) => ERROR_CODES[code].status))];
  const groups = statuses.map((status) => ({ status, group: all.filter((code) => ERROR_CODES[code].status === status) }));
  const responses = groups.map(({ status, group }) =>
    ApiResponse({
      status,
      description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join(' '),
      content: {
        [PROBLEM_TYPE]: {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}

function exampleOf(code: ErrorCode): object {
  return toProblem(new OcrError(code), { path: '/api/ocr/tasks', requestId: '5f0c8f6a-2b11-4c1d-9b3a-7c1d9f215d0c' });
}
