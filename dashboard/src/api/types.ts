import type { components, operations, paths } from './schema.gen';

type Schemas = components['schemas'];

export type Task = Schemas['TaskDto'];
export type TaskSummary = Schemas['TaskSummaryDto'];
export type TaskStatus = Schemas['TaskStatus'];
export type Priority = Schemas['Priority'];
export type Mode = Schemas['Mode'];
export type Format = Schemas['Format'];
export type TaskError = Schemas['TaskErrorDto'];
export type TaskEvent = Schemas['EventDto'];
export type Webhook = Schemas['WebhookDto'];
export type Stats = Schemas['StatsDto'];
export type NodeFacts = Schemas['NodeDto'];
export type Provider = Schemas['ProviderDto'];
export type PageState = Schemas['PageStateDto'];
export type HistoryPoint = Schemas['HistoryPointDto'];
export type AttentionItem = Schemas['AttentionItemDto'];
export type AttentionKind = Schemas['AttentionKind'];
export type Health = Schemas['ReadinessDto'];
export type Setting = Schemas['SettingDto'];
export type ListQuery = NonNullable<paths['/api/ocr/tasks']['get']['parameters']['query']>;
export type BulkRequest = operations['bulkRun']['requestBody']['content']['application/json'];
export type BulkAction = BulkRequest['action'];
export type BulkOutcome = Schemas['BulkOutcomeDto'];

/** In the order of a task's life. */
export const STATUSES = [
  'queued',
  'running',
  'paused',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
] as const satisfies readonly TaskStatus[];

/** From the most to the least urgent. */
export const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] as const satisfies readonly Priority[];

export function isFinal(status: TaskStatus): boolean {
  return status !== 'queued' && status !== 'running' && status !== 'paused';
}

export type TaskAction = 'pause' | 'resume' | 'cancel' | 'retry' | 'delete';

/** What a task in each status can do, as the server's transition table has it; the button that helps most first. */
export const ACTIONS_OF: Readonly<Record<TaskStatus, readonly TaskAction[]>> = {
  queued: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  completed: ['delete'],
  completed_with_errors: ['retry', 'delete'],
  failed: ['retry', 'delete'],
  cancelled: ['delete'],
};
