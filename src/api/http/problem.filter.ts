import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { OcrError } from '../../errors/ocr-error.js';
import { allowedMethods } from './allowed-methods.js';
import { ocrErrorOf, PROBLEM_TYPE, toProblem } from './problem.js';
import { rememberError, requestIdOf } from './request-context.js';

/** Turns whatever a call ends with into an answer of `application/problem+json`. The one place where errors become HTTP. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = this.explain(thrown, request, response);
    const requestId = requestIdOf(response);
    rememberError(response, error.code);
    if (error.info.status >= 500) this.log.error({ request_id: requestId, err: error }, error.message);
    if (response.headersSent) {
      // Too late for an answer: an ended connection tells the caller that what came is not the whole.
      response.destroy();
      return;
    }
    if (error.retryAfter !== undefined) response.setHeader('Retry-After', Math.max(1, Math.ceil(error.retryAfter)));
    if (error.code === 'unauthorized') response.setHeader('WWW-Authenticate', 'Bearer realm="ocr-queue"');
    response.setHeader('Cache-Control', 'no-store');
    const problem = toProblem(error, { path: request.path, requestId });
    response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  }

  /** The framework throws NotFoundException only where no route took the call; another method's route may have. */
  private explain(thrown: unknown, request: Request, response: Response): OcrError {
    if (!(thrown instanceof NotFoundException)) return ocrErrorOf(thrown);
    const methods = allowedMethods(request);
    if (methods.length === 0) return new OcrError('not_found');
    response.setHeader('Allow', methods.join(', '));
    return new OcrError('method_not_allowed', { detail: `${request.method} is not allowed here, but: ${methods.join(', ')}.` });
  }
}
