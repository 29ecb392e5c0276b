import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { OcrError } from '../../errors/ocr-error.js';
import type { ByteRange, DocumentStore } from '../../storage/document-store.js';
import type { TaskResult } from '../../task-manager/task.types.js';
import { parseRange } from './byte-ranges.js';
import { attachment } from './content-disposition.js';
import { isNotModified } from './not-modified.js';

/**
 * Answers with a stored result: whole, a range of it, or that the caller's copy is still good. The bytes are streamed; a
 * caller who leaves ends the reading.
 * @throws OcrError result_not_available when the bytes are gone, range_not_satisfiable, those of the store
 */
export async function sendArtifact(
  store: DocumentStore,
  result: TaskResult,
  request: Request,
  response: Response,
): Promise<void> {
  const stored = await store.stat(result.key);
  if (stored === null) throw new OcrError('result_not_available');
  const etag = `"${result.sha256}"`;
  response.set({
    ETag: etag,
    'Last-Modified': stored.modified.toUTCString(),
    // no-transform: a compressed body would have other bytes than the ETag and the ranges speak of.
    'Cache-Control': 'private, no-cache, no-transform',
  });
  if (isNotModified(request, etag, stored.modified)) {
    response.status(304).end();
    return;
  }
  const range = rangeOf(request, response, stored.size);
  const body = request.method === 'HEAD' ? undefined : await store.stream(result.key, range);
  if (range !== undefined) response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${stored.size}`);
  response.set({
    'Accept-Ranges': 'bytes',
    'Content-Type': result.content_type,
    'Content-Disposition': attachment(result.file_name),
    'Content-Length': String(range === undefined ? stored.size : range.end - range.start + 1),
  });
  if (body === undefined) response.end();
  else await pipeline(body, response).catch(ignoreLeaving);
}

/** The range asked for, when it is one of the caller's present copy. A range is a matter of GET alone (RFC 9110, 14.2). */
function rangeOf(request: Request, response: Response, size: number): ByteRange | undefined {
  const copy = request.get('if-range');
  const isPresentCopy = copy === undefined || copy === response.get('etag') || copy === response.get('last-modified');
  const range = isPresentCopy && request.method === 'GET' ? parseRange(request.get('range'), size) : undefined;
  if (range !== 'unsatisfiable') return range;
  response.removeHeader('ETag');
  response.removeHeader('Last-Modified');
  response.set('Content-Range', `bytes */${size}`);
  throw new OcrError('range_not_satisfiable', { detail: `The result has ${size} bytes.` });
}

/** A caller who leaves in the middle of a download is no error of ours. */
function ignoreLeaving(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
