import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { ocrErrorOf } from '../api/http/problem.js';
import { Logs } from '../logging/logs.js';

/** Turns whatever a message ends with into `{code, message, retryable, fields}`, the codes being those of the API. */
@Catch()
export class RpcErrors implements RpcExceptionFilter {
  constructor(private readonly logs: Logs) {}

  catch(thrown: unknown): Observable<never> {
    const error = ocrErrorOf(thrown);
    if (error.code === 'internal_error') this.logs.api.error({ err: thrown }, 'a remote call failed');
    const { code, message, retryable, fields } = error;
    return throwError(() => ({ code, message, retryable, fields }));
  }
}
