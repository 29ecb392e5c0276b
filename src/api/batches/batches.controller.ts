import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { BatchDto, SubmittedBatchDto, type BatchLinksDto } from '../dto/batch.dto.js';
import { IdPipe } from '../http/id.pipe.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { BATCH_BODY } from '../openapi/request-schemas.js';
import { IDEMPOTENCY } from '../openapi/headers.js';
import { openBatchSchema, type BatchRequest } from '../requests/submit-request.js';
import { Valid } from '../requests/validate.js';
import { idempotencyKeyOf } from '../tasks/idempotency-key.js';
import { BatchSubmissions } from './batch-submissions.js';

/** Takes many documents in at once, and tells how they stand. */
@ApiTags('tasks')
@Controller('api/ocr')
export class BatchesController {
  constructor(
    private readonly batches: BatchSubmissions,
    private readonly queries: TaskQueries,
  ) {}

  @Post('tasks/batch')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Hand in up to 1,000 documents at once',
    description: 'They are queued together, or not at all when something goes wrong on the way.',
  })
  @ApiHeader(IDEMPOTENCY)
  @ApiBody(BATCH_BODY)
  @ApiResponse({ status: 202, type: SubmittedBatchDto, description: 'At least one document was good, and is in the queue.' })
  @Problems(...BODY_REFUSALS, 'invalid_request', 'batch_refused', 'idempotency_key_reused', 'queue_full')
  async submit(
    @Req() request: Request,
    @Body(new Valid(openBatchSchema)) body: BatchRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SubmittedBatchDto> {
    const { batchId, tasks, created } = await this.batches.submit(body, request.path, idempotencyKeyOf(request));
    const links = batchLinks(batchId);
    response.location(links.self);
    if (!created) response.set('Idempotency-Replayed', 'true');
    return { batch_id: batchId, tasks, links };
  }

  @Get('batches/:batch_id')
  @ApiOperation({ summary: 'Show how a batch stands' })
  @ApiParam({ name: 'batch_id', format: 'uuid', type: String })
  @ApiResponse({ status: 200, type: BatchDto })
  @Problems('batch_not_found')
  async show(@Param('batch_id', new IdPipe('batch_not_found')) batchId: string): Promise<BatchDto> {
    const { created_at, finished_at, ...batch } = await this.queries.batch(batchId);
    return {
      ...batch,
      created_at: created_at.toISOString(),
      finished_at: finished_at?.toISOString() ?? null,
      links: batchLinks(batchId),
    };
  }
}

function batchLinks(batchId: string): BatchLinksDto {
  return { self: `/api/ocr/batches/${batchId}`, tasks: `/api/ocr/tasks?batch_id=${batchId}` };
}
