import { isFinal } from './transitions.js';
import type { TaskProgress, TaskStatus } from './task.types.js';

/** A row of the `ocr_read_progress` statement. */
export interface ProgressRow {
  task_id: string;
  status: TaskStatus;
  /** Unfinished, and held by the circuit of its provider. */
  held: boolean;
  pages_total: number | null;
  pages_done: number;
  pages_failed: number;
  /** Pages of chunks that were begun, whether they are finished or not. */
  pages_begun: number;
  /** Of the latest finished pages in page order: those that kept their text, those that were read, and their durations in milliseconds. */
  kept: number;
  kept_ms: number;
  read: number;
  read_ms: number;
  /** Pages all live nodes recognise at the same time. */
  slots: number;
  running_tasks: number;
}

/** Share of the way that is left for merging once every page is read. */
const MERGE_SHARE = 0.02;

/** How far a task has come. `progress` follows the finished pages (once it has failed, the good ones) and reaches 1 only with a result. */
export function toProgress(row: ProgressRow): TaskProgress {
  const finished = row.pages_done + row.pages_failed;
  const worth = row.status === 'failed' ? row.pages_done : finished;
  const share = row.pages_total === null ? 0 : Math.min(1, worth / row.pages_total);
  const completed = row.status === 'completed' || row.status === 'completed_with_errors';
  return {
    task_id: row.task_id,
    status: row.status,
    ...(row.held ? { held: true } : {}),
    progress: completed ? 1 : Math.round(share * (1 - MERGE_SHARE) * 10_000) / 10_000,
    pages_total: row.pages_total,
    pages_done: row.pages_done,
    pages_failed: row.pages_failed,
    eta_seconds: estimate(row, finished),
  };
}

/** Least seconds left of a task that has no result yet. */
const LEAST = 1;

/**
 * The task's own mean time a page that is read, spread over its share of the cluster's slots. Pages that keep their text take next to no
 * time and are found first, so they say nothing of the others: what is left of chunks that were begun is to be read, and in the other chunks as
 * large a share of the pages as in these. Null while a page is to be read and none has been, and while the task is held.
 */
function estimate(row: ProgressRow, finished: number): number | null {
  if (isFinal(row.status)) return 0;
  if (row.held || row.status !== 'running' || row.pages_total === null || finished === 0 || row.slots === 0) return null;
  const looked = row.kept + row.read;
  const kept = looked === 0 ? 0 : (finished * row.kept) / looked;
  const toRead = Math.max(0, row.pages_begun - finished);
  const waiting = Math.max(0, row.pages_total - Math.max(row.pages_begun, finished));
  const shareRead = Math.min(1, (toRead + finished - kept) / (toRead + finished));
  const pagesToRead = toRead + waiting * shareRead;
  if (pagesToRead > 0 && row.read === 0) return null;
  const parallel = Math.max(1, Math.min(row.slots / Math.max(1, row.running_tasks), pagesToRead));
  const reading = pagesToRead === 0 ? 0 : (pagesToRead * row.read_ms) / row.read;
  const keeping = row.kept === 0 ? 0 : (waiting * (1 - shareRead) * row.kept_ms) / row.kept;
  return Math.max(LEAST, Math.round((reading + keeping) / parallel / 100) / 10);
}
