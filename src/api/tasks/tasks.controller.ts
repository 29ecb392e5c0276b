import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { TaskManager } from '../../task-manager/task-manager.js';
import { TaskQueries } from '../../task-manager/task-queries.js';
import { PRIORITIES, TASK_STATUSES } from '../../task-manager/task.types.js';
import { EventListDto } from '../dto/event.dto.js';
import { TaskDto, TaskListDto } from '../dto/task.dto.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { CHANGES_BODY, RETRY_BODY } from '../openapi/request-schemas.js';
import { eventsSchema, LIST_SORTS, toListRequest } from '../requests/list-request.js';
import { changesSchema, retrySchema, type RetryRequest, type TaskChanges } from '../requests/submit-request.js';
import { Valid, validate } from '../requests/validate.js';
import { OptionRules } from './option-rules.js';
import { socketBaseOf } from './task-links.js';
import { TaskIdPipe } from './task-id.pipe.js';
import { toTaskSummary, toTaskView } from './task-view.js';

const TASK_ID = { name: 'task_id', format: 'uuid', type: String };
const CHANGED = { status: 200, type: TaskDto, description: 'The task as it is now.' };

/** Shows tasks, and lets callers pause, resume, cancel, retry and delete them. */
@ApiTags('tasks')
@Controller('api/ocr/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TaskManager,
    private readonly queries: TaskQueries,
    private readonly rules: OptionRules,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List tasks',
    description:
      'Metadata: `metadata.customer=7` (or `metadata[customer]=7`) finds tasks whose metadata has that text; `metadata={"n":3}` takes any JSON object the metadata shall contain.',
  })
  @ApiQuery({
    name: 'status',
    required: false,
    isArray: true,
    enum: TASK_STATUSES,
    description: 'Repeated, or with commas between.',
  })
  @ApiQuery({
    name: 'priority',
    required: false,
    isArray: true,
    enum: PRIORITIES,
    description: 'Repeated, or with commas between.',
  })
  @ApiQuery({
    name: 'ids',
    required: false,
    isArray: true,
    type: String,
    description: 'Only these tasks, up to 200. Repeated, or with commas between.',
  })
  @ApiQuery({
    name: 'created_from',
    required: false,
    type: String,
    description: 'Inclusive: `2026-01-31T08:00:00Z`. A date alone means 00:00 UTC.',
  })
  @ApiQuery({
    name: 'created_to',
    required: false,
    type: String,
    description: 'Inclusive: `2026-02-01T08:00:00Z`. A date alone means 00:00 UTC.',
  })
  @ApiQuery({ name: 'metadata', required: false, type: String, description: 'JSON object: `{"customer":"7"}`.' })
  @ApiQuery({ name: 'provider', required: false, type: String, description: 'The `ocr_provider` of the task.' })
  @ApiQuery({ name: 'language', required: false, type: String, description: 'As it stands in the task’s options: `eng+fra`.' })
  @ApiQuery({ name: 'batch_id', required: false, type: String, description: 'The tasks handed in together.' })
  @ApiQuery({ name: 'tenant', required: false, type: String })
  @ApiQuery({ name: 'q', required: false, type: String, description: 'Text in the document’s name, in any case.' })
  @ApiQuery({ name: 'sort', required: false, enum: LIST_SORTS, description: 'With `-`: descending. Default: `-created_at`.' })
  @ApiQuery({ name: 'limit', required: false, type: Number, description: '1 to 200. Default: 50.' })
  @ApiQuery({
    name: 'cursor',
    required: false,
    type: String,
    description: '`next_cursor` of the answer before, with the same filters and the same `sort`.',
  })
  @ApiResponse({ status: 200, type: TaskListDto })
  @Problems('invalid_request')
  async list(@Query() query: Record<string, unknown>, @Req() request: Request): Promise<TaskListDto> {
    const { filter, page } = toListRequest(query);
    const { tasks, next_cursor } = await this.queries.list(filter, page);
    const socketBase = socketBaseOf(request);
    return { tasks: tasks.map((task) => toTaskSummary(task, socketBase)), next_cursor };
  }

  @Get(':task_id')
  @ApiOperation({ summary: 'Show a task' })
  @ApiParam(TASK_ID)
  @ApiResponse({ status: 200, type: TaskDto })
  @Problems('task_not_found')
  async show(@Param('task_id', TaskIdPipe) taskId: string, @Req() request: Request): Promise<TaskDto> {
    const [task, jobs, failedPages] = await Promise.all([
      this.queries.get(taskId),
      this.queries.jobs(taskId),
      this.queries.failedPages(taskId),
    ]);
    return toTaskView(task, jobs, failedPages, socketBaseOf(request));
  }

  @Patch(':task_id')
  @ApiOperation({
    summary: 'Change the priority of an unfinished task',
    description: 'It then stands where it would, had it been handed in with it. Repeating is harmless.',
  })
  @ApiParam(TASK_ID)
  @ApiBody(CHANGES_BODY)
  @ApiResponse(CHANGED)
  @Problems('task_not_found', 'invalid_transition', 'invalid_request', ...BODY_REFUSALS)
  async change(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Body(new Valid(changesSchema)) { priority }: TaskChanges,
    @Req() request: Request,
  ): Promise<TaskDto> {
    await this.tasks.setPriority(taskId, priority);
    return this.show(taskId, request);
  }

  @Post(':task_id/pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a task',
    description: 'Work stops within a second; finished pages are kept. Repeating is harmless.',
  })
  @ApiParam(TASK_ID)
  @ApiResponse(CHANGED)
  @Problems('task_not_found', 'invalid_transition', ...BODY_REFUSALS)
  async pause(@Param('task_id', TaskIdPipe) taskId: string, @Req() request: Request): Promise<TaskDto> {
    await this.tasks.pause(taskId);
    return this.show(taskId, request);
  }

  @Post(':task_id/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume a paused task', description: 'No finished page is read again. Repeating is harmless.' })
  @ApiParam(TASK_ID)
  @ApiResponse(CHANGED)
  @Problems('task_not_found', 'invalid_transition', ...BODY_REFUSALS)
  async resume(@Param('task_id', TaskIdPipe) taskId: string, @Req() request: Request): Promise<TaskDto> {
    await this.tasks.resume(taskId);
    return this.show(taskId, request);
  }

  @Post(':task_id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a task',
    description: 'Work stops within a second; there will be no result. Repeating is harmless.',
  })
  @ApiParam(TASK_ID)
  @ApiResponse(CHANGED)
  @Problems('task_not_found', 'invalid_transition', ...BODY_REFUSALS)
  async cancel(@Param('task_id', TaskIdPipe) taskId: string, @Req() request: Request): Promise<TaskDto> {
    await this.tasks.cancel(taskId);
    return this.show(taskId, request);
  }

  @Post(':task_id/retry')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Retry what failed',
    description:
      'Only failed pages are read again, with other options where some are given; then the results are made anew. Repeating is harmless. While a retry is under way, one with other options is refused.',
  })
  @ApiParam(TASK_ID)
  @ApiBody(RETRY_BODY)
  @ApiResponse(CHANGED)
  @Problems(
    'task_not_found',
    'invalid_transition',
    ...BODY_REFUSALS,
    'invalid_request',
    'output_not_allowed',
    'delivery_failed',
    'webhook_not_allowed',
    'provider_not_available',
    'language_not_available',
  )
  async retry(
    @Param('task_id', TaskIdPipe) taskId: string,
    @Body(new Valid(retrySchema)) body: RetryRequest,
    @Req() request: Request,
  ): Promise<TaskDto> {
    if (body.options === undefined) {
      await this.tasks.retry(taskId);
    } else {
      const present = await this.queries.get(taskId);
      const { options, password } = await this.rules.forRetry(body.options, present.task.options);
      await this.tasks.retry(taskId, options, password);
    }
    return this.show(taskId, request);
  }

  @Delete(':task_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a finished task and its files' })
  @ApiParam(TASK_ID)
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @Problems('task_not_found', 'invalid_transition')
  async delete(@Param('task_id', TaskIdPipe) taskId: string): Promise<void> {
    await this.tasks.delete(taskId);
  }

  @Get(':task_id/events')
  @ApiOperation({ summary: 'Show what has happened to a task' })
  @ApiParam(TASK_ID)
  @ApiQuery({
    name: 'after',
    required: false,
    type: String,
    description:
      'The largest id of an event known. Default: from the beginning. Events that were written down at the same moment may come again, with the same id: one of a smaller id may have become known later.',
  })
  @ApiQuery({ name: 'limit', required: false, type: Number, description: 'Events of larger ids: 1 to 1,000. Default: 100.' })
  @ApiResponse({ status: 200, type: EventListDto })
  @Problems('task_not_found', 'invalid_request')
  async events(@Param('task_id', TaskIdPipe) taskId: string, @Query() query: Record<string, unknown>): Promise<EventListDto> {
    const { after, limit } = validate(eventsSchema, query);
    const found = await this.queries.events(taskId, after, limit + 1);
    // A task that exists has at least the event of its beginning.
    if (found.length === 0) await this.queries.get(taskId);
    const hasMore = found.filter(({ id }) => BigInt(id) > BigInt(after)).length > limit;
    const events = hasMore ? found.slice(0, -1) : found;
    return {
      events: events.map((event) => ({ ...event, created_at: event.created_at.toISOString() })),
      next_after: hasMore ? events.at(-1)!.id : null,
    };
  }
}
