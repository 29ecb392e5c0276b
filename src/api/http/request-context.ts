import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { ErrorCode } from '../../errors/error-codes.js';

/** Ids taken over from callers: what log tools and header rules digest without escaping. */
const SANE_ID = /^[\w.:+/=-]{1,128}$/;

/** What is known of a call beside the call itself; kept in `response.locals`. */
interface CallLocals {
  requestId?: string;
  taskId?: string;
  errorCode?: ErrorCode;
}

/** Gives every call an id: the caller's own `X-Request-Id` when it is sane, else a new one. It is echoed in the answer. */
export function assignRequestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  const id = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
  locals(response).requestId = id;
  response.setHeader('X-Request-Id', id);
  next();
}

export function requestIdOf(response: Response): string | undefined {
  return locals(response).requestId;
}

/** Says which task a call was about where its address does not, so that the log line can name it. */
export function rememberTask(response: Response, taskId: string): void {
  locals(response).taskId = taskId;
}

export function rememberedTask(response: Response): string | undefined {
  return locals(response).taskId;
}

/** Says with which error a call was answered, so that the log line can name it. */
export function rememberError(response: Response, code: ErrorCode): void {
  locals(response).errorCode = code;
}

export function rememberedError(response: Response): ErrorCode | undefined {
  return locals(response).errorCode;
}

function locals(response: Response): CallLocals {
  return response.locals as CallLocals;
}
