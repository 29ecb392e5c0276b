import type { JobEntity } from '../../task-manager/entities/job.entity.js';
import type { StoredError } from '../../errors/ocr-error.js';
import type { TaskWithProgress } from '../../task-manager/task-queries.js';
import type { TaskOptions, TaskSource } from '../../task-manager/task.types.js';
import { shownUrl } from '../../network/shown-url.js';
import { shownResults } from '../../requests/shown-results.js';
import type { ChunkDto, TaskDto, TaskSourceDto, TaskSummaryDto } from '../dto/task.dto.js';
import { taskLinks } from './task-links.js';

/** A task as lists show it. */
export function toTaskSummary({ task, progress }: TaskWithProgress, socketBase: string): TaskSummaryDto {
  return {
    task_id: task.id,
    name: task.name,
    status: task.status,
    priority: task.priority,
    tenant: task.tenant === '' ? null : task.tenant,
    batch_id: task.batch_id,
    held: task.held && (task.status === 'queued' || task.status === 'running'),
    progress: progress.progress,
    pages: { total: task.pages_total, done: progress.pages_done, failed: progress.pages_failed },
    page_count: task.page_count,
    eta_seconds: progress.eta_seconds,
    run: task.run,
    metadata: task.metadata,
    error: task.error,
    created_at: task.created_at.toISOString(),
    started_at: isoOrNull(task.started_at),
    finished_at: isoOrNull(task.finished_at),
    paused_at: isoOrNull(task.paused_at),
    paused_seconds: Number(task.paused_ms) / 1000,
    updated_at: task.updated_at.toISOString(),
    links: taskLinks(task.id, socketBase),
  };
}

/** A task with all there is to know of it. `jobs` in the order of work. */
export function toTaskView(
  found: TaskWithProgress,
  jobs: readonly JobEntity[],
  failedPages: StoredError[],
  socketBase: string,
): TaskDto {
  const { task } = found;
  return {
    ...toTaskSummary(found, socketBase),
    source: toSource(task.source),
    options: toOptions(task.options),
    chunks: jobs.filter((job) => job.kind === 'chunk').map(toChunk),
    failed_pages: failedPages,
    results: shownResults(task.id, task.results),
  };
}

function toChunk(job: JobEntity, index: number): ChunkDto {
  return {
    chunk: index + 1,
    first_page: job.first_page ?? 0,
    last_page: job.last_page ?? 0,
    state: job.state,
    attempt: job.attempt,
    stalls: job.stalls,
    pages_total: job.pages_total,
    pages_done: job.pages_done,
    pages_failed: job.pages_failed,
    error: job.last_error,
    started_at: isoOrNull(job.started_at),
    finished_at: isoOrNull(job.finished_at),
  };
}

/** Without what is ours (keys of the store) and what may be secret (credentials and signatures of an address). */
function toSource(source: TaskSource): TaskSourceDto {
  if (source.kind === 'path') return { kind: 'path', path: source.path };
  if (source.kind === 'upload') return { kind: 'upload', size: source.size, sha256: source.sha256 };
  return { kind: 'url', url: shownUrl(source.url) };
}

/** The address of a webhook may hold credentials as well. */
function toOptions({ webhook_url, ...options }: TaskOptions): TaskOptions {
  return webhook_url === undefined ? options : { ...options, webhook_url: shownUrl(webhook_url) };
}

function isoOrNull(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
