import { api } from './client';
import type { Priority, TaskAction, TaskError, TaskStatus } from './types';

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

export interface Setting {
  name: string;
  value: unknown;
  default: unknown;
  description: string;
  live: boolean;
}

export type BulkAction = TaskAction | 'set_priority';

export interface BulkRequest {
  action: BulkAction;
  priority?: Priority;
  filter: {
    status?: TaskStatus[];
    priority?: Priority[];
    q?: string;
    created_from?: string;
    created_to?: string;
    metadata?: Record<string, unknown>;
    batch_id?: string;
    provider?: string;
    language?: string;
    ids?: string[];
  };
  dry_run?: boolean;
  max?: number;
}

export interface BulkOutcome {
  matched: number;
  changed: number;
  errors: { task_id: string; code: string; message?: string }[];
}

type Call = (path: string, init: object) => Promise<{ data?: unknown }>;
const call = async <Data>(method: 'GET' | 'POST' | 'PATCH', path: string, init: object = {}): Promise<Data> =>
  (await (api[method] as unknown as Call)(path, init)).data as Data;

export const agreed = {
  pages: (taskId: string, signal?: AbortSignal) => call<PageList>('GET', `/api/ocr/tasks/${taskId}/pages`, { signal }),
  history: (window: string, signal?: AbortSignal) =>
    call<{ points: HistoryPoint[] }>('GET', `/api/ocr/stats/history?window=${window}`, { signal }),
  settings: (signal?: AbortSignal) => call<{ settings: Setting[]; version: string }>('GET', '/api/ocr/settings', { signal }),
  changeSettings: (body: Record<string, unknown>) =>
    call<{ settings: Setting[]; version: string }>('PATCH', '/api/ocr/settings', { body }),
  setPriority: (taskId: string, priority: Priority) => call('PATCH', `/api/ocr/tasks/${taskId}`, { body: { priority } }),
  bulk: (body: BulkRequest) => call<BulkOutcome>('POST', '/api/ocr/tasks/actions', { body }),
};
