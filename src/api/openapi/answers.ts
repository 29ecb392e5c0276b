import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
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
  return applyDecorators(ApiExtraModels(ProblemDto), ...answersOf([...codes, ...ALWAYS]).map((answer) => ApiResponse(answer)));
}

/** Describes what any call may end with on the routes of modules that know nothing of this one: figures and metrics. */
export function describeOtherModules({ paths }: OpenAPIObject): void {
  for (const path of Object.keys(paths).filter((each) => OF_OTHER_MODULES.test(each))) {
    const codes: readonly ErrorCode[] = path.endsWith('/history') ? ['invalid_request', ...ALWAYS] : ALWAYS;
    for (const { status, ...answer } of answersOf(codes)) paths[path]!.get!.responses[status] = answer;
  }
}

const OF_OTHER_MODULES = /^\/(metrics|api\/ocr\/stats(\/history)?)$/;

/** One answer a status, with an example a code. */
function answersOf(codes: readonly ErrorCode[]) {
  const all = [...new Set(codes)];
  const statuses = [...new Set(all.map((code) => ERROR_CODES[code].status))];
  const groups = statuses.map((status) => ({ status, group: all.filter((code) => ERROR_CODES[code].status === status) }));
  return groups.map(({ status, group }) => ({
    status,
    description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join(' '),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  }));
}

function exampleOf(code: ErrorCode): object {
  return toProblem(new OcrError(code), { path: '/api/ocr/tasks', requestId: '5f0c8f6a-2b11-4c1d-9b3a-7c1d9f215d0c' });
}
