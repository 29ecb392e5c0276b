import type { WebhookEvent } from '../config/webhook-events.js';

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

export const FORMATS = ['pdf', 'pdfa', 'txt', 'json', 'hocr', 'alto', 'tsv', 'md', 'zip'] as const;
export type Format = (typeof FORMATS)[number];

/** Where a document comes from. `upload`: its bytes are in the store already. */
export type TaskSource =
  { kind: 'path'; path: string } | { kind: 'url'; url: string } | { kind: 'upload'; key: string; size: number; sha256: string };

/** Steps that make a page image easier to read; see `PreprocessOptions` of the document module. */
export const PREPROCESS_STEPS = ['invert', 'contrast', 'denoise', 'remove_borders', 'deskew', 'binarise'] as const;
export type PreprocessStep = (typeof PREPROCESS_STEPS)[number];

/** The caller's options with every default filled in. */
export interface TaskOptions {
  ocr_provider: string;
  /** The provider the caller named, when `ocr_provider` stands in for it. */
  requested_provider?: string;
  language: string;
  /** Pages in a chunk. */
  chunk_size: number;
  /** Most pages in a chunk of a document that carries its text. Absent: `chunk_size`, which the caller has asked for. */
  text_chunk_size?: number;
  /** `1-3,5`; absent: all pages. The other pages stay in the PDF as they are. */
  pages?: string;
  mode: Mode;
  formats: Format[];
  /** Absolute path under an allowed output root; a folder, or the name of the PDF. */
  output_path?: string;
  /** 0 or absent: chosen for each page. */
  dpi?: number;
  /** Who reads a page when `ocr_provider` is down, in this order. */
  provider_fallback?: string[];
  /** What is done to page images before they are read; absent steps: where a page needs them. */
  preprocess?: Partial<Record<PreprocessStep, boolean>>;
  /** Whether pages that read badly are read again in another manner. Absent: yes. */
  second_look?: boolean;
  /** Whether page images read before are taken as they were read then. Absent: as the setting `page_cache` says. */
  cache?: boolean;
  /** Whether pages that lie on their side or head are turned upright in the PDF, too. Absent: no. */
  rotate_pages?: boolean;
  /** Whether crooked pages are set straight in the PDF, too. Absent: no. */
  deskew?: boolean;
  /** Whether the PDF is written anew, without loss, when that makes it smaller. Absent: no. */
  optimize?: boolean;
  /** Where it is told what happens to the task. May hold credentials: never shown as it stands. */
  webhook_url?: string;
  /** Of which events; there when `webhook_url` is. */
  webhook_events?: WebhookEvent[];
}

/** One merged result in the store. */
export interface TaskResult {
  key: string;
  size: number;
  sha256: string;
  content_type: string;
  file_name: string;
  /** The file it was put into besides, where an `output_path` asked for that; absolute. */
  delivered_to?: string;
}

/** How far a task has come. Pages are those the task treats. */
export interface TaskProgress {
  task_id: string;
  status: TaskStatus;
  /** Its provider is down: it waits until that may be asked again. Absent while that is not so. */
  held?: true;
  /** 0..1; 1 only once the task is completed and its results can be fetched. */
  progress: number;
  pages_total: number | null;
  pages_done: number;
  pages_failed: number;
  /** Estimated seconds until the task is finished; null while nothing is known to estimate from. */
  eta_seconds: number | null;
}

/** What happened to a task: a row of `ocr_events`. Written in the transaction of the change it tells of. */
export const EVENT_TYPES = [
  'task.queued',
  'task.started',
  'task.paused',
  'task.resumed',
  'task.retried',
  'task.priority_changed',
  'task.held',
  'task.released',
  'task.completed',
  'task.completed_with_errors',
  'task.failed',
  'task.cancelled',
  'task.deleted',
  'page.replaced',
  'prepare.started',
  'prepare.completed',
  'prepare.retrying',
  'prepare.failed',
  'prepare.rescued',
  'chunk.started',
  'chunk.completed',
  'chunk.retrying',
  'chunk.failed',
  'chunk.rescued',
  'merge.started',
  'merge.completed',
  'merge.retrying',
  'merge.failed',
  'merge.rescued',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** An event as listeners get it. `id` grows with time, with gaps; a decimal string (bigint). */
export interface TaskEvent {
  id: string;
  task_id: string;
  type: EventType;
  /** Facts of the event: `status`, `job_id`, `first_page`, `last_page`, `attempt`, `error`, `reason`... */
  data: Record<string, unknown>;
  created_at: Date;
}
