import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { rememberedError, rememberedTask, requestIdOf } from './request-context.js';

/** Asked for every few seconds by machines; their lines would bury the others. */
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/** nginx's number for a caller who left before an answer was begun. */
const CLIENT_LEFT = 499;

/** Writes one line for each call once it is over, however it ended. Addresses are logged without their query. */
export function logCalls(log: Logger): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const started = performance.now();
    const path = request.path;
    const writtenBefore = request.socket.bytesWritten;
    response.once('close', () => {
      const complete = response.writableFinished;
      const status = complete || response.headersSent ? response.statusCode : CLIENT_LEFT;
      const line = {
        method: request.method,
        path,
        route: (request.route as { path?: string } | undefined)?.path,
        status,
        code: rememberedError(response),
        ms: Math.round((performance.now() - started) * 10) / 10,
        bytes: request.socket.bytesWritten - writtenBefore,
        request_id: requestIdOf(response),
        task_id: rememberedTask(response) ?? taskIdIn(request),
        ...(complete ? {} : { aborted: true }),
      };
      const message = `${request.method} ${path} ${status}`;
      if (status >= 500) log.error(line, message);
      else if (PROBES.has(path)) log.debug(line, message);
      else log.info(line, message);
    });
    next();
  };
}

function taskIdIn(request: Request): string | undefined {
  const id = request.params?.task_id;
  return typeof id === 'string' ? id : undefined;
}
