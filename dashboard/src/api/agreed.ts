import { api } from './client';
import type { TaskError } from './types';

/** A page as the chunk map shows it. */
export interface PageState {
  page: number;
  state: 'waiting' | 'running' | 'done' | 'failed';
  source: 'recognised' | 'kept' | 'blank' | null;
  confidence: number | null;
  words: number | null;
  duration_ms: number | null;
  provider: string | null;
  attempt: number | null;
  error: TaskError | null;
}

export interface PageList {
  pages: PageState[];
  page_count: number | null;
}

export interface HistoryPoint {
  at: string;
  pages_done: number;
  pages_failed: number;
  pages_per_minute: number;
  tasks_completed: number;
  tasks_failed: number;
  mean_wait_seconds: number | null;
}

type Call = (path: string, init: object) => Promise<{ data?: unknown }>;
const call = async <Data>(method: 'GET', path: string, init: object = {}): Promise<Data> =>
  (await (api[method] as unknown as Call)(path, init)).data as Data;

export const agreed = {
  pages: (taskId: string, signal?: AbortSignal) => call<PageList>('GET', `/api/ocr/tasks/${taskId}/pages`, { signal }),
  history: (window: string, signal?: AbortSignal) =>
    call<{ points: HistoryPoint[] }>('GET', `/api/ocr/stats/history?window=${window}`, { signal }),
};
