import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ApiKeys } from '../../access/api-keys.js';
import type { Origins } from '../../access/origins.js';
import { OcrError } from '../../errors/ocr-error.js';

/** Open to everybody also where keys are asked for: the description of the API, and that of its errors. */
const OPEN = /^\/api\/(docs|openapi\.json|errors)(\/|$)/;

/** Methods that change nothing; what they answer a browser hands to other sites' pages only with our CORS headers. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses calls before their body is read: of unknown hosts, of other sites' pages, and without a key where keys are set. */
export function guardAccess(keys: ApiKeys, origins: Origins): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    next(refusal(request, keys, origins));
  };
}

function refusal(request: Request, keys: ApiKeys, origins: Origins): OcrError | undefined {
  if (!origins.isKnownHost(request.headers)) {
    return new OcrError('origin_not_allowed', { detail: 'The server does not go by this host name (see `allowed_hosts`).' });
  }
  if (!SAFE.has(request.method) && !origins.isAllowed(request.headers)) return new OcrError('origin_not_allowed');
  const closed = /^\/api(\/|$)/i.test(request.path) && !OPEN.test(request.path);
  return closed && !keys.isAllowed(request.headers) ? new OcrError('unauthorized') : undefined;
}
