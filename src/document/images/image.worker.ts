import { parentPort, workerData } from 'node:worker_threads';
import type { ErrorCode } from '../../errors/error-codes.js';
import { isDiskFull, OcrError } from '../../errors/ocr-error.js';
import { convertImage, type ImageConversion } from './convert.js';

/** How the thread tells what came of its one conversion. */
export type ImageReply = { ok: true } | { ok: false; code: ErrorCode; detail: string; page?: number };

async function run(): Promise<ImageReply> {
  try {
    await convertImage(workerData as ImageConversion);
    return { ok: true };
  } catch (error) {
    if (error instanceof OcrError) return { ok: false, code: error.code, detail: error.message, page: error.page };
    if (isDiskFull(error)) {
      return { ok: false, code: 'storage_full', detail: 'There is no room for the converted image' };
    }
    if ((error as NodeJS.ErrnoException).syscall !== undefined) {
      return { ok: false, code: 'storage_failed', detail: 'The converted image could not be written' };
    }
    return { ok: false, code: 'damaged_document', detail: 'The image is damaged and cannot be read' };
  }
}

parentPort?.postMessage(await run());
