import { Controller, UseFilters } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { ApiKeys } from '../access/api-keys.js';
import { submitSchema } from '../api/requests/submit-request.js';
import { validate } from '../api/requests/validate.js';
import { Submissions } from '../api/tasks/submissions.js';
import { OcrError } from '../errors/ocr-error.js';
import type { Stats } from '../metrics/stats.dto.js';
import { StatsService } from '../metrics/stats.service.js';
import { TaskManager } from '../task-manager/task-manager.js';
import { TaskQueries } from '../task-manager/task-queries.js';
import type { TaskProgress } from '../task-manager/task.types.js';
import { RpcErrors } from './rpc-errors.filter.js';

const payloadSchema = z.looseObject({ api_key: z.string().optional() });
const taskSchema = z.strictObject({ task_id: z.uuid() });
const keySchema = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must have 1 to 255 visible ASCII characters');

/**
 * The queue for other services, as messages of a Nest microservice. What goes in is judged exactly as over REST; where keys are
 * set, each message carries one as `api_key`. Errors are `{code, message, retryable, fields}`.
 */
@Controller()
@UseFilters(RpcErrors)
export class RpcController {
  constructor(
    private readonly submissions: Submissions,
    private readonly tasks: TaskManager,
    private readonly queries: TaskQueries,
    private readonly stats: StatsService,
    private readonly keys: ApiKeys,
  ) {}

  /** The body of `POST /api/ocr/tasks`, and perhaps `idempotency_key`. */
  @MessagePattern('ocr.submit')
  async submit(@Payload() payload: unknown): Promise<{ task_id: string; created: boolean; requested_provider?: string }> {
    const { idempotency_key, ...body } = this.admit(payload);
    const key = idempotency_key === undefined ? undefined : validate(keySchema, idempotency_key);
    const { taskId, created, requestedProvider } = await this.submissions.submitPlace(validate(submitSchema, body), key);
    const requested = created ? requestedProvider : (await this.queries.get(taskId)).task.options.requested_provider;
    return { task_id: taskId, created, ...(requested === undefined ? {} : { requested_provider: requested }) };
  }

  @MessagePattern('ocr.status')
  status(@Payload() payload: unknown): Promise<TaskProgress> {
    return this.progressOf(this.taskIdIn(payload));
  }

  @MessagePattern('ocr.pause')
  pause(@Payload() payload: unknown): Promise<TaskProgress> {
    return this.change(payload, (id) => this.tasks.pause(id));
  }

  @MessagePattern('ocr.resume')
  resume(@Payload() payload: unknown): Promise<TaskProgress> {
    return this.change(payload, (id) => this.tasks.resume(id));
  }

  @MessagePattern('ocr.cancel')
  cancel(@Payload() payload: unknown): Promise<TaskProgress> {
    return this.change(payload, (id) => this.tasks.cancel(id));
  }

  @MessagePattern('ocr.retry')
  retry(@Payload() payload: unknown): Promise<TaskProgress> {
    return this.change(payload, (id) => this.tasks.retry(id));
  }

  @MessagePattern('ocr.stats')
  async readStats(@Payload() payload: unknown): Promise<Stats> {
    this.admit(payload);
    return this.stats.current();
  }

  private async change(payload: unknown, apply: (taskId: string) => Promise<void>): Promise<TaskProgress> {
    const taskId = this.taskIdIn(payload);
    await apply(taskId);
    return this.progressOf(taskId);
  }

  private async progressOf(taskId: string): Promise<TaskProgress> {
    const [progress] = await this.queries.progress([taskId]);
    if (progress === undefined) throw new OcrError('task_not_found');
    return progress;
  }

  private taskIdIn(payload: unknown): string {
    return validate(taskSchema, this.admit(payload)).task_id.toLowerCase();
  }

  /** What stands beside the key. @throws OcrError unauthorized */
  private admit(payload: unknown): Record<string, unknown> {
    const { api_key, ...rest } = validate(payloadSchema, payload ?? {});
    if (!this.keys.isAllowed({ 'x-api-key': api_key })) throw new OcrError('unauthorized');
    return rest;
  }
}
