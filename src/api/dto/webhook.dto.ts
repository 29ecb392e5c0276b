import { ApiProperty } from '@nestjs/swagger';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../config/webhook-events.js';
import { DELIVERY_STATES, type DeliveryState } from '../../webhooks/webhook.types.js';
import { TaskErrorDto } from './problem.dto.js';

/** What is sent to one address of one event. */
export class WebhookDto {
  @ApiProperty({ format: 'uuid', description: 'The receiver gets it as `webhook-id`, the same at every attempt.' })
  webhook_id!: string;

  @ApiProperty({ enum: WEBHOOK_EVENTS, enumName: 'WebhookEvent', example: 'task.completed' })
  type!: WebhookEvent;

  @ApiProperty({ example: '1042', description: 'The event it tells of, as `GET …/events` has it.' })
  event_id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://example.org/hooks/ocr',
    description: 'Where it goes, without credentials and query; null: to the address configured for all tasks.',
  })
  url!: string | null;

  @ApiProperty({
    enum: DELIVERY_STATES,
    enumName: 'DeliveryState',
    example: 'delivered',
    description: '`waiting`: to be sent, or sent again; `failed`: given up.',
  })
  state!: DeliveryState;

  @ApiProperty({ example: 1, description: 'Since it was first sent, or sent anew on request; the one under way counts.' })
  attempts!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it is sent, or taken for lost when it is being sent; null once it has ended.',
  })
  next_attempt_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_attempt_at!: string | null;

  @ApiProperty({ type: Number, nullable: true, example: 204, description: 'HTTP status answered last; null: none was.' })
  last_status!: number | null;

  @ApiProperty({ type: TaskErrorDto, nullable: true, description: 'Why the last attempt did not succeed.' })
  error!: TaskErrorDto | null;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the event happened.' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it was delivered, or given up.' })
  ended_at!: string | null;
}

export class WebhookListDto {
  @ApiProperty({ type: [WebhookDto], description: 'Oldest first.' })
  webhooks!: WebhookDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Give it as `after` to get the next ones; null when there are no more.',
  })
  next_after!: string | null;
}
