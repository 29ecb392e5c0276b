import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response, Request } from 'express';
import { Readings, type Reading } from '../../task-manager/readings.js';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { taskPath } from '../../requests/shown-results.js';
import { ReadingComparisonDto, ReadingListDto, type ReadingDto } from '../dto/reading.dto.js';
import { patienceOf, whileCallerWaits } from '../http/caller.js';
import { IdPipe } from '../http/id.pipe.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { READING_BODY } from '../openapi/request-schemas.js';
import { readingSchema, type ReadingRequest } from '../requests/reading-request.js';
import { Valid } from '../requests/validate.js';
import { TaskIdPipe } from '../tasks/task-id.pipe.js';
import { PageReadings } from './page-readings.js';
import { PageViews } from './page-view.js';
import { PagePipe } from './page.pipe.js';

/** Seconds the answer waits for a reading that was asked for. */
const LONGEST_WAIT = 15;

const TASK_ID = { name: 'task_id', format: 'uuid', type: String };
const PAGE = { name: 'page', type: Number, description: '1-based.' };
const READING_ID = { name: 'reading_id', format: 'uuid', type: String };

/** Has pages read once more, and puts a better reading in the place of a page's result. */
@ApiTags('results')
@Controller('api/ocr/tasks/:task_id/pages/:page/readings')
export class ReadingsController {
  constructor(
    private readonly pages: PageReadings,
    private readonly readings: Readings,
    private readonly queries: TaskQueries,
    private readonly views: PageViews,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Read a finished page once more, otherwise',
    description:
      'What is left out is as in the task. The result of the page stays as it is until the reading is accepted. The answer waits up to 15 seconds for the reading, or less with `Prefer: wait=5`.',
  })
  @ApiParam(TASK_ID)
  @ApiParam(PAGE)
  @ApiHeader({ name: 'Prefer', required: false, description: 'Seconds to wait at most (RFC 7240): `wait=0`.' })
  @ApiBody(READING_BODY)
  @ApiResponse({ status: 200, type: ReadingComparisonDto, description: 'It has been read, or could not be.' })
  @ApiResponse({
    status: 202,
    type: ReadingComparisonDto,
    description: 'It is still to be read: see `Location`.',
    headers: { Location: { schema: { type: 'string' }, description: 'Path of the reading.' } },
  })
  @Problems(
    'task_not_found',
    'page_not_found',
    ...BODY_REFUSALS,
    'invalid_request',
    'provider_not_available',
    'language_not_available',
    'queue_full',
  )
  async read(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('page', PagePipe) page: number,
    @Body(new Valid(readingSchema)) body: ReadingRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReadingComparisonDto> {
    const patience = patienceOf(request, LONGEST_WAIT);
    const reading = await this.pages.read(taskId, page, body, patience, whileCallerWaits(response));
    const ended = reading.state === 'done' || reading.state === 'failed';
    response.status(ended ? 200 : 202).location(`${taskPath(taskId)}/pages/${page}/readings/${reading.id}`);
    return this.compare(reading);
  }

  @Get()
  @ApiOperation({ summary: 'List the later readings of a page' })
  @ApiParam(TASK_ID)
  @ApiParam(PAGE)
  @ApiResponse({ status: 200, type: ReadingListDto })
  @Problems('task_not_found', 'page_not_found')
  async list(@Param('task_id', TaskIdPipe) taskId: string, @Param('page', PagePipe) page: number): Promise<ReadingListDto> {
    await this.queries.page(taskId, page);
    return { readings: (await this.readings.list(taskId, page)).map(toReadingDto) };
  }

  @Get(':reading_id')
  @ApiOperation({ summary: 'Show a later reading beside the page’s present result' })
  @ApiParam(TASK_ID)
  @ApiParam(PAGE)
  @ApiParam(READING_ID)
  @ApiResponse({ status: 200, type: ReadingComparisonDto })
  @Problems('task_not_found', 'page_not_found', 'reading_not_found')
  async show(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('page', PagePipe) page: number,
    @Param('reading_id', new IdPipe('reading_not_found')) readingId: string,
  ): Promise<ReadingComparisonDto> {
    return this.compare(await this.readings.get(taskId, page, readingId));
  }

  @Post(':reading_id/accept')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take a later reading as the page’s result',
    description:
      'A failed page becomes a done one. The results of a completed task are merged anew; the earlier ones stay until then. What the page was first read as is listed from then on with `original: true`: accepting it undoes this. Repeating is harmless.',
  })
  @ApiParam(TASK_ID)
  @ApiParam(PAGE)
  @ApiParam(READING_ID)
  @ApiResponse({ status: 200, type: ReadingComparisonDto })
  @Problems('task_not_found', 'page_not_found', 'reading_not_found', 'invalid_transition', 'password_required', ...BODY_REFUSALS)
  async accept(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Param('page', PagePipe) page: number,
    @Param('reading_id', new IdPipe('reading_not_found')) readingId: string,
  ): Promise<ReadingComparisonDto> {
    return this.compare(await this.pages.accept(taskId, page, readingId));
  }

  private async compare(reading: Reading): Promise<ReadingComparisonDto> {
    const [result, current] = await Promise.all([
      reading.artifact_key === null ? null : this.views.ofResult(reading.artifact_key, reading.page),
      this.queries.page(reading.task_id, reading.page).then((page) => this.views.ofPage(page)),
    ]);
    return { reading: toReadingDto(reading), result, current };
  }
}

function toReadingDto(reading: Reading): ReadingDto {
  const { page, state, options, source, confidence, words, duration_ms, error, original } = reading;
  return {
    reading_id: reading.id,
    page,
    state,
    options,
    source,
    confidence,
    words,
    duration_ms,
    error,
    created_at: reading.created_at.toISOString(),
    finished_at: reading.finished_at?.toISOString() ?? null,
    accepted_at: reading.accepted_at?.toISOString() ?? null,
    original,
  };
}
