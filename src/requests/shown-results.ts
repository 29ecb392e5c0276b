import type { Format, TaskResult } from '../task-manager/task.types.js';

/** A result as callers are shown it: where to fetch it instead of where we keep it. */
export interface ShownResult extends Omit<TaskResult, 'key' | 'delivered_to'> {
  /** Path in the API. */
  href: string;
  delivered_to: string | null;
}

/** The path of a task in the API. */
export function taskPath(taskId: string): string {
  return `/api/ocr/tasks/${taskId}`;
}

export function shownResults(taskId: string, results: Partial<Record<Format, TaskResult>>): Partial<Record<Format, ShownResult>> {
  const shown = Object.entries(results).map(([format, { size, sha256, content_type, file_name, delivered_to }]) => {
    const href = `${taskPath(taskId)}/result?format=${format}`;
    return [format, { href, size, sha256, content_type, file_name, delivered_to: delivered_to ?? null }];
  });
  return Object.fromEntries(shown) as Partial<Record<Format, ShownResult>>;
}
