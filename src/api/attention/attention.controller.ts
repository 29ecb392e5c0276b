import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Attention, type AttentionItem } from '../../task-manager/attention.js';
import { Problems } from '../openapi/answers.js';
import { attentionSchema } from '../requests/list-request.js';
import { validate } from '../requests/validate.js';
import { socketBaseOf } from '../tasks/task-links.js';
import { toTaskSummary } from '../tasks/task-view.js';
import { AttentionDto, type AttentionItemDto } from './attention.dto.js';

/** Tells which tasks somebody should look at. */
@ApiTags('queue')
@Controller('api/ocr/attention')
export class AttentionController {
  constructor(private readonly attention: Attention) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Show what needs attention first',
    description:
      'Tasks that do not come on, that failed, that have gaps, and that were read with low confidence; each with its reason.',
  })
  @ApiQuery({ name: 'tenant', required: false, type: String })
  @ApiQuery({ name: 'limit', required: false, type: Number, description: 'Tasks of each kind, 1 to 50. Default: 5.' })
  @ApiResponse({ status: 200, type: AttentionDto })
  @Problems('invalid_request')
  async read(@Query() query: Record<string, unknown>, @Req() request: Request): Promise<AttentionDto> {
    const { limit, tenant } = validate(attentionSchema, query);
    const { counts, items } = await this.attention.read(limit, tenant);
    const socketBase = socketBaseOf(request);
    return { counts, items: items.map((item) => toView(item, socketBase)) };
  }
}

function toView({ found, since, until, confidence, ...item }: AttentionItem, socketBase: string): AttentionItemDto {
  return {
    ...item,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
    confidence: confidence === null ? null : Math.round(confidence * 10) / 10,
    task: toTaskSummary(found, socketBase),
  };
}
