import { Controller, Get, Header, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { EXPORTERS } from '../../document/exporters/exporters.js';
import { OcrError } from '../../errors/ocr-error.js';
import { DOCUMENT_STORE, type DocumentStore } from '../../storage/document-store.js';
import { TaskQueries, type TaskWithProgress } from '../../task-manager/task-queries.js';
import { FORMATS, type Format, type TaskResult } from '../../task-manager/task.types.js';
import { isFinal } from '../../task-manager/transitions.js';
import { PageDto } from '../dto/page.dto.js';
import { sendArtifact } from '../http/send-artifact.js';
import { Problems } from '../openapi/answers.js';
import { PageViews } from '../pages/page-view.js';
import { PagePipe } from '../pages/page.pipe.js';
import { validate } from '../requests/validate.js';
import { TaskIdPipe } from './task-id.pipe.js';

const TASK_ID = { name: 'task_id', format: 'uuid', type: String };
const querySchema = z.strictObject({ format: z.enum(FORMATS).default('pdf') });
const BINARY = { schema: { type: 'string' as const, format: 'binary' } };
/** The results that are text of some kind, as the exporters call it. */
const WRITTEN = Object.fromEntries(
  Object.values(EXPORTERS).map(({ format, contentType }) => [
    contentType.split(';')[0]!,
    { schema: { type: format === 'json' ? ('object' as const) : ('string' as const) } },
  ]),
);

/** Gives out what was read: whole documents, and single pages as soon as they are finished. */
@ApiTags('results')
@Controller('api/ocr/tasks/:task_id')
export class ResultsController {
  constructor(
    private readonly queries: TaskQueries,
    private readonly views: PageViews,
    @Inject(DOCUMENT_STORE) private readonly store: DocumentStore,
  ) {}

  @Get('result')
  @ApiOperation({
    summary: 'Download a result',
    description: 'Streamed. Ranges and conditional requests are honoured; HEAD tells size and ETag.',
  })
  @ApiParam(TASK_ID)
  @ApiQuery({ name: 'format', required: false, enum: FORMATS, description: 'Default: `pdf`.' })
  @ApiHeader({ name: 'Range', required: false, description: 'One range of bytes: `bytes=0-1023`.' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of a copy.' })
  @ApiResponse({
    status: 200,
    description: 'The result.',
    content: { 'application/pdf': BINARY, 'application/zip': BINARY, ...WRITTEN },
  })
  @ApiResponse({ status: 206, description: 'The range asked for.' })
  @ApiResponse({ status: 304, description: 'The caller’s copy is still good.' })
  @Problems(
    'task_not_found',
    'result_not_available',
    'pdfa_not_possible',
    'result_not_ready',
    'range_not_satisfiable',
    'invalid_request',
    'storage_failed',
  )
  async result(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Query() query: Record<string, unknown>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { format } = validate(querySchema, query);
    await sendArtifact(this.store, resultOf(await this.queries.get(taskId), format), request, response);
  }

  @Get('pages/:page')
  @Header('Vary', 'Accept')
  @ApiOperation({
    summary: 'Show a finished page',
    description: 'As soon as it is finished, while others are still being read. `Accept: text/plain` gives its text alone.',
  })
  @ApiParam(TASK_ID)
  @ApiParam({ name: 'page', type: Number, description: '1-based.' })
  @ApiProduces('application/json', 'text/plain')
  @ApiResponse({ status: 200, type: PageDto })
  @Problems('task_not_found', 'page_not_found', 'storage_failed')
  async page(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('page', PagePipe) number: number,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const page = await this.queries.page(taskId, number);
    const asText = request.accepts(['json', 'text/plain']) === 'text/plain';
    const view = await this.views.ofPage(page);
    if (!asText) response.json(view);
    else if (view.text !== undefined) response.type('text/plain').send(view.text);
    else
      throw new OcrError('page_not_found', { detail: `Page ${page.page} has no text: ${page.error?.message ?? 'it failed'}.` });
  }
}

/** @throws OcrError result_not_ready while it may still come, result_not_available when it will not */
function resultOf({ task, progress }: TaskWithProgress, format: Format): TaskResult {
  const result = task.results[format];
  if (result !== undefined) return result;
  if (!task.options.formats.includes(format)) {
    throw new OcrError('result_not_available', {
      detail: `The task was asked for ${task.options.formats.join(', ')}, not for ${format}.`,
    });
  }
  if (format === 'pdfa' && task.error?.code === 'pdfa_not_possible')
    throw new OcrError('pdfa_not_possible', { detail: task.error.message });
  if (isFinal(task.status))
    throw new OcrError('result_not_available', { detail: `The task is ${task.status} and has no result.` });
  throw new OcrError('result_not_ready', { detail: `The task is ${task.status}.`, retryAfter: progress.eta_seconds ?? 5 });
}
