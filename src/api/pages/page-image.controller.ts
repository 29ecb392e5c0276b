import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { VALID_DTO } from '../../requests/valid-dto.js';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { VERSION } from '../../version.js';
import { PageImageQueryDto } from '../dto/page-image.dto.js';
import { whileCallerWaits } from '../http/caller.js';
import { isNotModified } from '../http/not-modified.js';
import { Problems } from '../openapi/answers.js';
import { TaskIdPipe } from '../tasks/task-id.pipe.js';
import { PageImages } from './page-images.js';
import { PagePipe } from './page.pipe.js';

/** Shows pages as pictures. */
@ApiTags('results')
@Controller('api/ocr/tasks/:task_id/pages/:page/image')
export class PageImageController {
  constructor(
    private readonly queries: TaskQueries,
    private readonly images: PageImages,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Show a page as a picture',
    description: 'As displayed, in colour; also while the task still runs, and of pages that failed.',
  })
  @ApiParam({ name: 'task_id', format: 'uuid', type: String })
  @ApiParam({ name: 'page', type: Number, description: '1-based.' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of a copy.' })
  @ApiResponse({
    status: 200,
    description: 'The picture.',
    content: { 'image/webp': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiResponse({ status: 304, description: 'The caller’s copy is still good.' })
  @Problems(
    'task_not_found',
    'page_not_found',
    'invalid_request',
    'password_required',
    'page_too_large',
    'render_failed',
    'render_crashed',
    'storage_failed',
  )
  async image(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('page', PagePipe) page: number,
    @Query(VALID_DTO) { width }: PageImageQueryDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const document = await this.queries.documentWithPage(taskId, page);
    // The document of a task never changes: the same version of the product draws the same bytes.
    const etag = `"${VERSION}-${page}-${width}"`;
    const headers = { ETag: etag, 'Cache-Control': 'private, max-age=3600, no-transform' };
    if (isNotModified(request, etag, new Date())) {
      response.set(headers).status(304).end();
      return;
    }
    const webp = await this.images.draw(taskId, document, page, width, whileCallerWaits(response));
    response.set(headers).type('image/webp').send(Buffer.from(webp));
  }
}
