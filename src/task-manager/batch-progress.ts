import { TASK_STATUSES, type TaskStatus } from './task.types.js';

/** A row of the `ocr_read_batch` statement. */
export interface BatchRow extends Record<TaskStatus, number> {
  total: number;
  created_at: Date;
  finished_at: Date | null;
  pages_total: number;
  pages_done: number;
  pages_failed: number;
  /** Finished tasks, each unfinished one counted by the share of its pages that is done. */
  tasks_worth: number;
}

/** How the tasks submitted together stand. */
export interface BatchProgress {
  batch_id: string;
  /** 0..1; 1 once every task is finished, however it ended. */
  progress: number;
  tasks: { total: number; by_status: Record<TaskStatus, number> };
  /** Pages of the documents opened so far. */
  pages: { total: number; done: number; failed: number };
  created_at: Date;
  /** When the last task ended; null while one is unfinished. */
  finished_at: Date | null;
}

export function toBatchProgress(batchId: string, row: BatchRow): BatchProgress {
  const unfinished = row.queued + row.running + row.paused;
  const progress = unfinished === 0 ? 1 : Math.min(0.9999, Math.floor((row.tasks_worth / row.total) * 10_000) / 10_000);
  return {
    batch_id: batchId,
    progress,
    tasks: {
      total: row.total,
      by_status: Object.fromEntries(TASK_STATUSES.map((status) => [status, row[status]])) as Record<TaskStatus, number>,
    },
    pages: { total: row.pages_total, done: row.pages_done, failed: row.pages_failed },
    created_at: row.created_at,
    finished_at: unfinished === 0 ? row.finished_at : null,
  };
}
