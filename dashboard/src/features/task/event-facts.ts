import { PRIORITIES, type Priority, type TaskError, type TaskEvent } from '~/api/types';

/** What the timeline reads of an event's data, which is open by design: only what has the type expected. */
export interface EventFacts {
  firstPage?: number;
  lastPage?: number;
  attempt?: number;
  waitSeconds?: number;
  failedPages?: number;
  priority?: Priority;
  error?: TaskError;
}

export function readFacts({ data }: TaskEvent): EventFacts {
  return {
    firstPage: number(data.first_page) ?? number(data.page),
    lastPage: number(data.last_page) ?? number(data.page),
    attempt: number(data.attempt),
    waitSeconds: number(data.wait_seconds),
    failedPages: number(data.failed_pages),
    priority: PRIORITIES.find((priority) => priority === data.priority),
    error: isError(data.error) ? data.error : undefined,
  };
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function isError(value: unknown): value is TaskError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value;
}
