import type { NextFunction, Request, Response } from 'express';
import { OcrError } from '../../errors/ocr-error.js';

/** Refuses bodies nobody here reads, instead of taking the call for one without a body. */
export function requireKnownBody(request: Request, _response: Response, next: NextFunction): void {
  const isEmpty = request.get('content-length') === '0';
  if (isEmpty || request.is(['json', 'multipart/form-data']) !== false) return next();
  next(new OcrError('unsupported_media_type', { detail: 'Send JSON (application/json), or an upload as multipart/form-data.' }));
}
