import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { PageListDto } from '../dto/page-list.dto.js';
import { Problems } from '../openapi/answers.js';
import { TaskIdPipe } from '../tasks/task-id.pipe.js';

/** Shows how the pages of a task stand. */
@ApiTags('results')
@Controller('api/ocr/tasks/:task_id/pages')
export class PageListController {
  constructor(private readonly queries: TaskQueries) {}

  @Get()
  @ApiOperation({ summary: 'Show how every page stands' })
  @ApiParam({ name: 'task_id', format: 'uuid', type: String })
  @ApiResponse({ status: 200, type: PageListDto })
  @Problems('task_not_found')
  async list(@Param('task_id', TaskIdPipe) taskId: string): Promise<PageListDto> {
    const pages = await this.queries.pages(taskId);
    return { page_count: pages.length === 0 ? null : pages.length, pages };
  }
}
