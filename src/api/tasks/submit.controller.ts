import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { QueueManager } from '../../queue-manager/queue-manager.js';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { taskPath } from '../../requests/shown-results.js';
import { SubmittedDto } from '../dto/task.dto.js';
import { rememberTask } from '../http/request-context.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { IDEMPOTENCY } from '../openapi/headers.js';
import { SUBMIT_BODY, UPLOAD_BODY } from '../openapi/request-schemas.js';
import { submitSchema, type SubmitRequest } from '../requests/submit-request.js';
import { Valid } from '../requests/validate.js';
import { UploadReceiver } from '../uploads/upload-receiver.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { Submissions, type Accepted } from './submissions.js';
import { socketBaseOf, taskLinks } from './task-links.js';

const ACCEPTED = {
  status: 202,
  type: SubmittedDto,
  description: 'The task is in the queue; or, for a repeated `Idempotency-Key`, was made before.',
  headers: {
    Location: { schema: { type: 'string' as const }, description: 'Path of the task.' },
    'Idempotency-Replayed': { schema: { type: 'string' as const }, description: '`true` when the key had made the task before.' },
  },
};

/** Takes documents in. */
@ApiTags('tasks')
@Controller('api/ocr')
export class SubmitController {
  constructor(
    private readonly submissions: Submissions,
    private readonly uploads: UploadReceiver,
    private readonly queue: QueueManager,
    private readonly queries: TaskQueries,
  ) {}

  @Post('tasks')
  @HttpCode(202)
  @ApiOperation({ summary: 'Hand in a document by its path or address' })
  @ApiHeader(IDEMPOTENCY)
  @ApiBody(SUBMIT_BODY)
  @ApiResponse(ACCEPTED)
  @Problems(
    ...BODY_REFUSALS,
    'invalid_request',
    'idempotency_key_reused',
    'path_not_allowed',
    'url_not_allowed',
    'output_not_allowed',
    'delivery_failed',
    'webhook_not_allowed',
    'document_not_found',
    'document_too_large',
    'unsupported_document',
    'damaged_document',
    'provider_not_available',
    'language_not_available',
    'queue_full',
  )
  async submit(
    @Req() request: Request,
    @Body(new Valid(submitSchema)) body: SubmitRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SubmittedDto> {
    return this.answer(await this.submissions.submitPlace(body, idempotencyKeyOf(request)), request, response);
  }

  @Post('upload')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Upload a document and hand it in',
    description:
      'The options go into the field `options` as JSON, or each into a field of its own name. Fields may follow the file.',
  })
  @ApiHeader(IDEMPOTENCY)
  @ApiConsumes('multipart/form-data')
  @ApiBody(UPLOAD_BODY)
  @ApiResponse(ACCEPTED)
  @Problems(
    ...BODY_REFUSALS,
    'invalid_request',
    'idempotency_key_reused',
    'output_not_allowed',
    'delivery_failed',
    'webhook_not_allowed',
    'document_too_large',
    'unsupported_document',
    'damaged_document',
    'provider_not_available',
    'language_not_available',
    'queue_full',
    'storage_full',
    'storage_failed',
  )
  async upload(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<SubmittedDto> {
    const key = idempotencyKeyOf(request);
    const taskId = this.queue.newTaskId();
    const submitted = await this.uploads.receive(request, taskId, {
      // Who sends again what is there already needs no room.
      admit: async () => (key === undefined ? this.queue.checkRoom() : undefined),
      submit: (body, upload) => this.submissions.submitUpload(body, upload, key),
    });
    return this.answer(submitted, request, response);
  }

  private async answer(accepted: Accepted, request: Request, response: Response): Promise<SubmittedDto> {
    const { taskId, created } = accepted;
    rememberTask(response, taskId);
    response.location(taskPath(taskId));
    if (!created) response.set('Idempotency-Replayed', 'true');
    const links = taskLinks(taskId, socketBaseOf(request));
    if (created) return { task_id: taskId, status: 'queued', requested_provider: accepted.requestedProvider, links };
    const { status, options } = (await this.queries.get(taskId)).task;
    return { task_id: taskId, status, requested_provider: options.requested_provider, links };
  }
}
