import type { Request } from 'express';
import { taskPath } from '../../requests/shown-results.js';
import type { TaskLinksDto } from '../dto/task.dto.js';

/** Where WebSockets of the caller lead: the host and scheme the caller reached us by. */
export function socketBaseOf(request: Request): string {
  return `${request.protocol === 'https' ? 'wss' : 'ws'}://${request.host}`;
}

export function taskLinks(taskId: string, socketBase: string): TaskLinksDto {
  const self = taskPath(taskId);
  return {
    self,
    pause: `${self}/pause`,
    resume: `${self}/resume`,
    cancel: `${self}/cancel`,
    retry: `${self}/retry`,
    result: `${self}/result`,
    events: `${self}/events`,
    webhooks: `${self}/webhooks`,
    websocket: `${socketBase}/ws/ocr/task/${taskId}`,
  };
}
