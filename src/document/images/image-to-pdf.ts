import { rm } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { OcrError } from '../../errors/ocr-error.js';
import { spawnWorker } from '../../threads/spawn-worker.js';
import type { DocumentLimits } from '../document.types.js';
import type { ImageConversion, ImageKind } from './convert.js';
import type { ImageReply } from './image.worker.js';

/**
 * Turns an image into a PDF at `destination` whose pages have the image's own physical size and show its pixels
 * unchanged. Works in a thread of its own, one page in memory at a time; nothing is left at `destination` on failure.
 * @throws the signal's reason when it is aborted; the thread is ended
 * @throws OcrError document_not_found, damaged_document, unsupported_document, page_too_large, too_many_pages,
 *   storage_full, storage_failed, render_crashed (the thread broke down)
 */
export async function imageToPdf(
  path: string,
  kind: ImageKind,
  destination: string,
  limits: DocumentLimits,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const workerData: ImageConversion = { path, kind, destination, limits };
  const worker = spawnWorker(import.meta.url, './image.worker', { workerData });
  try {
    const reply = await replyOf(worker, signal);
    if (!reply.ok) throw new OcrError(reply.code, { detail: reply.detail, page: reply.page });
  } catch (error) {
    await worker.terminate();
    await rm(destination, { force: true });
    throw error;
  }
}

function replyOf(worker: Worker, signal: AbortSignal | undefined): Promise<ImageReply> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const crashed = (cause: unknown) => reject(new OcrError('render_crashed', { detail: 'The image could not be read', cause }));
    worker.on('message', resolve);
    worker.on('error', crashed);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', onAbort);
      crashed(new Error(`The image thread ended with code ${code}`));
    });
  });
}
