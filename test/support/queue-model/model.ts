import { cutIntoChunks, selectPages } from '../../../src/task-manager/page-ranges.js';
import type { JobKind, JobState, Priority, TaskStatus } from '../../../src/task-manager/task.types.js';
import { FINAL_STATUSES, isFinal, nextStatus } from '../../../src/task-manager/transitions.js';

/** What the model knows of a job: the columns of `ocr_jobs` that say where it stands. */
export interface ModelJob {
  kind: JobKind;
  first: number | null;
  last: number | null;
  /** Its place among the task's jobs; not compared. */
  position: number;
  state: JobState;
  attempt: number;
  stalls: number;
  pagesTotal: number;
  done: number;
  failed: number;
}

/** What the model knows of a task. */
export interface ModelTask {
  id: string;
  status: TaskStatus;
  run: number;
  priority: Priority;
  pageCount: number;
  ranges: string | undefined;
  chunkSize: number;
  jobs: ModelJob[];
  done: Set<number>;
  failed: Set<number>;
  /** Its `task.*` events in order. */
  events: string[];
}

export const MAX_ATTEMPTS = 3;
export const MAX_STALLS = 3;

/**
 * The lifecycle as it should be, without a database: statuses go by the transition table, everything else by a dozen rules.
 * What the queue does is compared with it row by row.
 */
export class QueueModel {
  readonly tasks = new Map<string, ModelTask>();

  submit(task: Pick<ModelTask, 'id' | 'priority' | 'pageCount' | 'ranges' | 'chunkSize'>): void {
    this.tasks.set(task.id, {
      ...task,
      status: 'queued',
      run: 1,
      jobs: [newJob('prepare')],
      done: new Set(),
      failed: new Set(),
      events: ['task.queued'],
    });
  }

  started(task: ModelTask, job: ModelJob): void {
    job.state = 'running';
    job.attempt++;
    if (task.status !== 'queued') return;
    task.status = nextStatus('start', task.status)!;
    task.events.push('task.started');
  }

  prepared(task: ModelTask, job: ModelJob): void {
    job.state = 'done';
    const chunks = cutIntoChunks(selectPages(task.ranges, task.pageCount), task.chunkSize);
    task.jobs.push(
      ...chunks.map(({ first, last, count }, n) => newJob('chunk', { position: n + 1, first, last, pagesTotal: count })),
    );
  }

  pageRead(task: ModelTask, job: ModelJob, page: number, well: boolean): void {
    (well ? task.done : task.failed).add(page);
    job[well ? 'done' : 'failed']++;
  }

  chunkFinished(task: ModelTask, job: ModelJob): void {
    job.state = 'done';
    this.afterChunk(task);
  }

  merged(task: ModelTask, job: ModelJob): void {
    job.state = 'done';
    this.end(task, task.failed.size > 0 ? 'complete_with_errors' : 'complete');
  }

  attemptFailed(task: ModelTask, job: ModelJob, retryable: boolean): void {
    if (retryable && job.attempt < MAX_ATTEMPTS) job.state = 'waiting';
    else this.giveUp(task, job);
  }

  givenBack(job: ModelJob): void {
    job.state = 'waiting';
    job.attempt--;
  }

  rescued(task: ModelTask, job: ModelJob): void {
    const missing = this.missing(task, job);
    if (job.stalls >= MAX_STALLS) return this.giveUp(task, job);
    if (job.stalls > 0 && missing.length > 1) return this.split(task, job, missing);
    this.givenBack(job);
    job.stalls++;
  }

  /** @throws OcrError invalid_transition */
  act(task: ModelTask, action: 'pause' | 'resume' | 'cancel'): void {
    const to = nextStatus(action, task.status);
    if (to === null) return;
    for (const job of task.jobs) if (action !== 'resume' && job.state === 'running') this.givenBack(job);
    task.status = to;
    task.events.push({ pause: 'task.paused', resume: 'task.resumed', cancel: 'task.cancelled' }[action]);
  }

  /** @throws OcrError invalid_transition */
  retry(task: ModelTask): void {
    if (task.run > 1 && (task.status === 'queued' || task.status === 'running')) return;
    task.status = nextStatus('retry', task.status)!;
    const again = task.jobs.filter((job) => job.kind !== 'merge' && (job.state === 'failed' || job.failed > 0));
    const merge = task.jobs.filter((job) => job.kind === 'merge');
    if (again.length > 0) task.jobs = task.jobs.filter((job) => job.kind !== 'merge');
    for (const job of again.length > 0 ? again : merge) {
      Object.assign(job, { state: 'waiting', attempt: 0, stalls: 0, failed: 0 });
    }
    task.failed.clear();
    task.run++;
    task.events.push('task.retried');
  }

  /** Whether the task's rows may be removed. */
  isFinal(task: ModelTask): boolean {
    return isFinal(task.status);
  }

  /** The selected pages of a chunk that are neither done nor failed. */
  missing(task: ModelTask, job: ModelJob): number[] {
    if (job.kind !== 'chunk') return [];
    const pages = selectPages(task.ranges, task.pageCount);
    return pages.filter((page) => page >= job.first! && page <= job.last! && !task.done.has(page) && !task.failed.has(page));
  }

  private giveUp(task: ModelTask, job: ModelJob): void {
    const missing = this.missing(task, job);
    job.state = 'failed';
    if (job.kind !== 'chunk') return this.end(task, 'fail');
    for (const page of missing) this.pageRead(task, job, page, false);
    this.afterChunk(task);
  }

  private afterChunk(task: ModelTask): void {
    if (task.jobs.some((job) => job.kind === 'chunk' && (job.state === 'waiting' || job.state === 'running'))) return;
    if (task.done.size === 0) this.end(task, 'fail');
    else task.jobs.push(newJob('merge'));
  }

  /** Each missing page stands alone from here on, and each failed one too: a retry then reads every page in one job only. */
  private split(task: ModelTask, job: ModelJob, missing: number[]): void {
    const inRange = (page: number) => page >= job.first! && page <= job.last!;
    const failed = job.failed > 0 ? [...task.failed].filter(inRange) : [];
    Object.assign(job, { state: 'done', failed: 0, pagesTotal: job.done });
    const alone = (page: number, facts: Partial<ModelJob>) =>
      newJob('chunk', { first: page, last: page, pagesTotal: 1, stalls: job.stalls + 1, ...facts });
    task.jobs.push(...missing.map((page, n) => alone(page, { position: job.position + n })));
    task.jobs.push(...failed.map((page) => alone(page, { state: 'failed', failed: 1 })));
  }

  private end(task: ModelTask, action: 'complete' | 'complete_with_errors' | 'fail'): void {
    task.status = nextStatus(action, task.status)!;
    task.events.push(`task.${task.status}`);
  }
}

/** The events that end a task. */
export const FINAL_EVENTS: readonly string[] = FINAL_STATUSES.map((status) => `task.${status}`);

function newJob(kind: JobKind, facts: Partial<ModelJob> = {}): ModelJob {
  return {
    kind,
    first: null,
    last: null,
    position: 0,
    state: 'waiting',
    attempt: 0,
    stalls: 0,
    pagesTotal: 0,
    done: 0,
    failed: 0,
    ...facts,
  };
}
