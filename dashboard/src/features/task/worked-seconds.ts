import type { Task } from '~/api/types';

type Times = Pick<Task, 'started_at' | 'finished_at' | 'paused_at' | 'paused_seconds'>;

/** How long a task has been worked on, or was, without its pauses; null before it was started. */
export function workedSeconds({ started_at, finished_at, paused_at, paused_seconds }: Times, now: number): number | null {
  if (started_at === null) return null;
  const end = finished_at ?? paused_at;
  const seconds = ((end === null ? now : Date.parse(end)) - Date.parse(started_at)) / 1000;
  return Math.max(0, seconds - paused_seconds);
}
