import type { Logger } from 'pino';
import type { OcrError, StoredError } from '../errors/ocr-error.js';
import type { Claim } from './claim.js';
import type { TaskStatus } from './task.types.js';

/** Says in the log of tasks that a page has failed for good. To be called by who has written that down, once it is committed. */
export function logFailedPage(log: Logger, { task, jobId, attempt }: Claim, page: number, error: OcrError): void {
  const facts = { task_id: task.id, job_id: jobId, attempt, page, provider: task.options.ocr_provider, code: error.code };
  log.warn({ ...facts, err: error }, `page ${page} failed: ${error.message}`);
}

/** The same for a task that ended without a result, or with one that is not whole. */
export function logFaultyEnd(
  log: Logger,
  taskId: string,
  status: TaskStatus,
  error: StoredError | null,
  failedPages?: number,
): void {
  const facts = { task_id: taskId, status, code: error?.code, page: error?.page, failed_pages: failedPages };
  log.warn(facts, error === null ? `task ${status}` : `task ${status}: ${error.message}`);
}
