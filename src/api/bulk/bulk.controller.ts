import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BulkActions } from '../../task-manager/bulk-actions.js';
import { BulkOutcomeDto } from '../dto/bulk.dto.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { BULK_BODY } from '../openapi/request-schemas.js';
import { bulkSchema, toTaskFilter, type BulkBody } from '../requests/bulk-request.js';
import { Valid } from '../requests/validate.js';
import { OptionRules } from '../tasks/option-rules.js';

/** Milliseconds after which a call begins with no further task: half of the time a connection may be silent. */
const PATIENCE = 60_000;

/** Does one thing to many tasks. */
@ApiTags('tasks')
@Controller('api/ocr/tasks/actions')
export class BulkController {
  constructor(
    private readonly actions: BulkActions,
    private readonly rules: OptionRules,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause, resume, cancel, retry, delete or reprioritise many tasks',
    description:
      'Tasks in a state the action cannot start from are left out. Each task is changed by itself: what cannot be done to one does not keep it from the others. Count first with `dry_run`. A call goes on for a minute at most: where tasks are left then, `next_after` is not `null`. Thousands of tasks are best changed call after call, with `limit` and `filter.after`.',
  })
  @ApiBody(BULK_BODY)
  @ApiResponse({ status: 200, type: BulkOutcomeDto })
  @Problems(
    ...BODY_REFUSALS,
    'invalid_request',
    'output_not_allowed',
    'delivery_failed',
    'webhook_not_allowed',
    'provider_not_available',
    'language_not_available',
  )
  async run(@Body(new Valid(bulkSchema)) body: BulkBody): Promise<BulkOutcomeDto> {
    const { action, filter, priority, dry_run: dryRun, max, limit } = body;
    const different = body.options === undefined ? {} : await this.rules.forRetry(body.options);
    const request = { action, filter: toTaskFilter(filter), priority, ...different, dryRun, max, limit };
    const outcome = await this.actions.run({ ...request, patience: AbortSignal.timeout(PATIENCE) });
    return { ...outcome, as_of: outcome.as_of.toISOString() };
  }
}
