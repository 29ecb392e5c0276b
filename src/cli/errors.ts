import type { Problem } from '../api/http/problem.js';
import { EXIT } from '../exit-codes.js';

/** An error the user is told in one message, with the exit code that goes with it. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}

/** What a server answered instead of what was asked for. */
export class ApiError extends CliError {
  constructor(
    readonly problem: Pick<Problem, 'code' | 'status' | 'detail'> & Partial<Problem>,
    retryAfter: string | null = null,
  ) {
    const wait = retryAfter === null ? '' : ` Try again in ${retryAfter} s.`;
    super(`${problem.detail} (${problem.code})${wait}`, problem.status === 401 ? EXIT.noPermission : EXIT.failed);
    this.name = 'ApiError';
  }
}
