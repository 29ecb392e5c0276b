import type { Request, Response } from 'express';
import { OcrError } from '../../errors/ocr-error.js';

/** A signal that is aborted when the caller leaves before the answer is complete. Its reason is the caller's own error. */
export function whileCallerWaits(response: Response): AbortSignal {
  const left = new AbortController();
  response.once('close', () => left.abort(new OcrError('malformed_request', { detail: 'The caller has left.' })));
  return left.signal;
}

/** Seconds the caller wants to wait for an answer (`Prefer: wait=5`, RFC 7240, 4.3), no more than `most`; by default `most`. */
export function patienceOf(request: Request, most: number): number {
  const wait = /(?:^|[\s,;])wait=(\d{1,9})(?:$|[\s,;])/i.exec(request.get('prefer') ?? '')?.[1];
  return wait === undefined ? most : Math.min(most, Number(wait));
}
