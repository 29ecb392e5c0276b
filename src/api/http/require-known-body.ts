import type { NextFunction, Request, Response } from 'express';
import { OcrError } from '../../errors/ocr-error.js';

/** Where documents are uploaded: the only call that takes a form. */
const UPLOAD_PATH = '/api/ocr/upload';

/** Refuses bodies nobody here reads, instead of taking the call for one without a body. */
export function requireKnownBody(request: Request, _response: Response, next: NextFunction): void {
  const isEmpty = request.get('content-length') === '0';
  const kind = isEmpty ? null : request.is(['json', 'multipart/form-data']);
  if (kind === false) return next(refusal('Send JSON (application/json), or an upload as multipart/form-data.'));
  if (kind === 'multipart/form-data' && !takesForm(request.path))
    return next(refusal(`Send JSON (application/json). A document is uploaded to POST ${UPLOAD_PATH}.`));
  next();
}

/** Routes do not mind a slash at their end, nor capital letters. */
function takesForm(path: string): boolean {
  return path.replace(/\/$/, '').toLowerCase() === UPLOAD_PATH;
}

function refusal(detail: string): OcrError {
  return new OcrError('unsupported_media_type', { detail });
}
