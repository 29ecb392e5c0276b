import type { StoredError } from '../errors/ocr-error.js';

export const TASK_STATUSES = [
  'queued',
  'running',
  'paused',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const JOB_STATES = ['waiting', 'running', 'done', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_KINDS = ['prepare', 'chunk', 'merge'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** From the most to the least urgent. */
export const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What to do with text a page already carries. */
export const MODES = ['skip_text', 'redo', 'force'] as const;
export type Mode = (typeof MODES)[number];

export const FORMATS = ['pdf', 'txt', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** Where a document comes from. `upload`: its bytes are in the store already. */
export type TaskSource =
  { kind: 'path'; path: string } | { kind: 'url'; url: string } | { kind: 'upload'; key: string; size: number; sha256: string };

/** The caller's options with every default filled in. */
export interface TaskOptions {
  ocr_provider: string;
  language: string;
  /** Pages in a chunk. */
  chunk_size: number;
  /** `1-3,5`; absent: all pages. The other pages stay in the PDF as they are. */
  pages?: string;
  mode: Mode;
  formats: Format[];
  /** Absolute path under an allowed output root; a folder, or the name of the PDF. */
  output_path?: string;
  /** 0 or absent: chosen for each page. */
  dpi?: number;
}

/** One merged result in the store. */
export interface TaskResult {
  key: string;
  size: number;
  sha256: string;
  content_type: string;
  file_name: string;
}

/** A row of `ocr_tasks`. */
export interface Task {
  id: string;
  status: TaskStatus;
  priority: Priority;
  name: string;
  source: TaskSource;
  options: TaskOptions;
  metadata: Record<string, unknown>;
  /** Pages of the document; null until it is opened. */
  page_count: number | null;
  /** Pages this task treats (those selected); null until it is opened. */
  pages_total: number | null;
  /** Pages finished well, and pages failed for good. */
  pages_done: number;
  pages_failed: number;
  results: Partial<Record<Format, TaskResult>>;
  error: StoredError | null;
  failed_pages: StoredError[];
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  updated_at: Date;
}

/** A row of `ocr_jobs`. `first_page`..`last_page` are set for chunks. */
export interface Job {
  id: string;
  task_id: string;
  kind: JobKind;
  state: JobState;
  position: number;
  first_page: number | null;
  last_page: number | null;
  pages_done: number;
  pages_failed: number;
  attempt: number;
  stalls: number;
  run_at: Date;
  node_id: string | null;
  started_at: Date | null;
  finished_at: Date | null;
  last_error: StoredError | null;
}

/** A page checkpoint: a row of `ocr_pages`. Its result lies in the store under `artifact_key`. */
export interface PageCheckpoint {
  task_id: string;
  page: number;
  state: 'done' | 'failed';
  /** How the text came about; null for a failed page. */
  source: 'recognised' | 'kept' | 'blank' | null;
  artifact_key: string | null;
  provider: string | null;
  confidence: number | null;
  words: number;
  duration_ms: number;
  error: StoredError | null;
  created_at: Date;
}

/** What happened to a task: a row of `ocr_events`. Written in the transaction of the change it tells of. */
export const EVENT_TYPES = [
  'task.queued',
  'task.started',
  'task.prepared',
  'task.paused',
  'task.resumed',
  'task.retried',
  'task.completed',
  'task.completed_with_errors',
  'task.failed',
  'task.cancelled',
  'task.deleted',
  'chunk.started',
  'chunk.completed',
  'chunk.retrying',
  'chunk.failed',
  'chunk.rescued',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface TaskEvent {
  /** Grows with time; gaps are normal. A decimal string (bigint). */
  id: string;
  task_id: string;
  type: EventType;
  /** Facts of the event: `job_id`, `first_page`, `last_page`, `attempt`, `error`, `reason`... */
  data: Record<string, unknown>;
  created_at: Date;
}
