import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { shownUrl } from '../../network/shown-url.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import type { Delivery } from '../../webhooks/webhook.types.js';
import { WebhookDto, WebhookListDto } from '../dto/webhook.dto.js';
import { IdPipe } from '../http/id.pipe.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { webhooksSchema } from '../requests/list-request.js';
import { validate } from '../requests/validate.js';
import { TaskIdPipe } from '../tasks/task-id.pipe.js';

const TASK_ID = { name: 'task_id', format: 'uuid', type: String };
const WEBHOOK_ID = { name: 'webhook_id', format: 'uuid', type: String };

/** Shows what was sent to webhooks, and has it sent again. */
@ApiTags('webhooks')
@Controller('api/ocr/tasks/:task_id/webhooks')
export class WebhooksController {
  constructor(private readonly deliveries: WebhookDeliveries) {}

  @Get()
  @ApiOperation({
    summary: 'List what was sent to webhooks of a task',
    description: 'One for each event and address: the task’s own (`webhook_url`), and the one configured for all tasks.',
  })
  @ApiParam(TASK_ID)
  @ApiQuery({ name: 'after', required: false, type: String, description: '`next_after` of the answer before.' })
  @ApiQuery({ name: 'limit', required: false, type: Number, description: '1 to 200. Default: 50.' })
  @ApiResponse({ status: 200, type: WebhookListDto })
  @Problems('task_not_found', 'invalid_request')
  async list(@Param('task_id', TaskIdPipe) taskId: string, @Query() query: Record<string, unknown>): Promise<WebhookListDto> {
    const { after, limit } = validate(webhooksSchema, query);
    const found = await this.deliveries.list(taskId, after, limit + 1);
    const shown = found.slice(0, limit);
    return { webhooks: shown.map(toWebhookDto), next_after: found.length > limit ? shown.at(-1)!.id : null };
  }

  @Post(':webhook_id/redeliver')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Send a webhook once more',
    description: 'Delivered or given up, it is sent again with the same `webhook-id`. One that waits is sent now.',
  })
  @ApiParam(TASK_ID)
  @ApiParam(WEBHOOK_ID)
  @ApiResponse({ status: 202, type: WebhookDto, description: 'It is sent within seconds.' })
  @Problems('task_not_found', 'webhook_not_found', ...BODY_REFUSALS)
  async redeliver(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('webhook_id', new IdPipe('webhook_not_found')) id: string,
  ): Promise<WebhookDto> {
    return toWebhookDto(await this.deliveries.redeliver(taskId, id));
  }
}

function toWebhookDto({ id, type, event_id, url, state, attempts, last_status, error, ...moments }: Delivery): WebhookDto {
  return {
    webhook_id: id,
    type,
    event_id,
    url: url === null ? null : shownUrl(url),
    state,
    attempts,
    next_attempt_at: state === 'waiting' ? moments.next_attempt_at.toISOString() : null,
    last_attempt_at: moments.last_attempt_at?.toISOString() ?? null,
    last_status,
    error,
    created_at: moments.created_at.toISOString(),
    ended_at: moments.ended_at?.toISOString() ?? null,
  };
}
