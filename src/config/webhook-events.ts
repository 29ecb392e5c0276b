/** What webhooks can be sent of: what happens to a task as a whole by somebody's doing, or ends it. */
export const WEBHOOK_EVENTS = [
  'task.completed',
  'task.completed_with_errors',
  'task.failed',
  'task.cancelled',
  'task.paused',
  'task.resumed',
  'task.retried',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
