import type { JobKind, TaskOptions, TaskSource } from './task.types.js';

/** A job taken by a node, with what its work needs of the task. Every write it leads to is fenced by `token`. */
export interface Claim {
  jobId: number;
  token: string;
  nodeId: string;
  kind: JobKind;
  position: number;
  /** Set for chunks: 1-based, inclusive; the chunk's pages are the selected ones between them. */
  firstPage: number | null;
  lastPage: number | null;
  /** 1 for the first attempt. */
  attempt: number;
  /** How often a node was lost with it. */
  stalls: number;
  task: ClaimedTask;
}

/** Losses after which a job is suspected to take nodes down, and worked on by a node that holds nothing else. See `ocr_next_job`. */
export const SUSPECTED_FROM = 2;

/** What a node that has room would take next. */
export interface ClaimWish {
  nodeId: string;
  kinds: readonly JobKind[];
  /** Tasks worked on at the same time when no live setting says otherwise. */
  maxConcurrentTasks: number;
  /** Where nothing is known to wait before: when this task's turn comes, its jobs behind this position are looked at first. */
  behind?: { readonly taskId: string; readonly position: number };
  /** Only jobs that are suspected to take nodes down, or only those that are not. Absent: any. */
  suspects?: boolean;
}

export interface ClaimedTask {
  id: string;
  run: number;
  name: string;
  source: TaskSource;
  options: TaskOptions;
  password?: string;
  documentKey: string | null;
  pageCount: number | null;
  /** Whom the work is for; empty: nobody in particular. */
  tenant: string;
}
