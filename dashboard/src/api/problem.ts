import type { components } from './schema.gen';

type Problem = components['schemas']['ProblemDto'];
export type ErrorCode = components['schemas']['ErrorCode'];

/** `network_error`: no answer came. `unreadable_answer`: something else than our API answered, a proxy for instance. */
export type ProblemCode = ErrorCode | 'network_error' | 'unreadable_answer';

/** A call that did not succeed. `code` has words in `errors.json` of every language; `detail` is the server's own, in English. */
export class ApiProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly status: number,
    readonly retryable: boolean,
    readonly fields: NonNullable<Problem['errors']> = [],
  ) {
    super(detail);
  }
}

export const UNREACHABLE = new ApiProblem('network_error', 'The server did not answer.', 0, true);

export async function toProblem(response: Response): Promise<ApiProblem> {
  return problemOfText(await response.text(), response.status);
}

/** Reads an error answer. */
export function problemOfText(text: string, status: number): ApiProblem {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === 'string') {
      return new ApiProblem(problem.code, problem.detail, status, problem.retryable, problem.errors ?? []);
    }
  } catch {
    // told below
  }
  return new ApiProblem('unreadable_answer', `The answer had the status ${status} and no description.`, status, status >= 500);
}
