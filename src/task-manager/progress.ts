import { isFinal } from './transitions.js';
import type { TaskProgress, TaskStatus } from './task.types.js';

/** A row of the `ocr_read_progress` statement. */
export interface ProgressRow {
  task_id: string;
  status: TaskStatus;
  pages_total: number | null;
  pages_done: number;
  pages_failed: number;
  /** Sum of the finished pages' durations, in milliseconds. */
  page_ms: number;
  /** Pages all live nodes recognise at the same time. */
  slots: number;
  running_tasks: number;
}

/** Share of the way that is left for merging once every page is read. */
const MERGE_SHARE = 0.02;

/**
 * How far a task has come. `progress` follows the finished pages and reaches 1 only with a result; the estimate is the
 * remaining pages at this task's own mean time a page, spread over its share of the cluster's slots.
 */
export function toProgress(row: ProgressRow): TaskProgress {
  const finished = row.pages_done + row.pages_failed;
  const share = row.pages_total === null ? 0 : Math.min(1, finished / row.pages_total);
  const completed = row.status === 'completed' || row.status === 'completed_with_errors';
  return {
    task_id: row.task_id,
    status: row.status,
    progress: completed ? 1 : Math.round(share * (1 - MERGE_SHARE) * 10_000) / 10_000,
    pages_total: row.pages_total,
    pages_done: row.pages_done,
    pages_failed: row.pages_failed,
    eta_seconds: estimate(row, finished),
  };
}

function estimate(row: ProgressRow, finished: number): number | null {
  if (isFinal(row.status)) return 0;
  if (row.status !== 'running' || row.pages_total === null || finished === 0 || row.slots === 0) return null;
  const parallel = Math.max(1, row.slots / Math.max(1, row.running_tasks));
  const remaining = Math.max(0, row.pages_total - finished);
  return Math.round(((remaining * row.page_ms) / finished / parallel / 1000) * 10) / 10;
}
