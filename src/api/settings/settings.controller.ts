import { Body, Controller, Get, Inject, Patch } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { SETTINGS, type Settings } from '../../config/settings.js';
import { LIVE_SETTINGS, LiveSettings } from '../../task-manager/live-settings.js';
import { VERSION } from '../../version.js';
import { SettingsDto } from '../dto/settings.dto.js';
import { BODY_REFUSALS, Problems } from '../openapi/answers.js';
import { Valid } from '../requests/validate.js';
import { settingsView } from './settings-view.js';

/** The names and the bounds are LiveSettings' to judge. */
const changesSchema = z.record(z.string(), z.unknown());

/** Shows the settings, and changes those that can be changed while running. */
@ApiTags('settings')
@Controller('api/ocr/settings')
export class SettingsController {
  constructor(
    private readonly live: LiveSettings,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show the settings', description: 'As they stand in the process that answers; secrets are left out.' })
  @ApiResponse({ status: 200, type: SettingsDto })
  @Problems()
  show(): SettingsDto {
    return { version: VERSION, settings: settingsView(this.settings, this.live) };
  }

  @Patch()
  @ApiOperation({
    summary: 'Change settings for all nodes, at once and for good',
    description: `A value that is set here goes before what each process was configured with; null takes it back. These can be changed: ${LIVE_SETTINGS.join(', ')}. Nothing is changed when one of them is wrong.`,
  })
  @ApiBody({
    schema: {
      type: 'object',
      properties: Object.fromEntries(LIVE_SETTINGS.map((name) => [name, { type: 'number', nullable: true }])),
      additionalProperties: false,
    },
    examples: {
      set: { value: { max_concurrent_tasks: 6, chunk_size: 10 } },
      back: { summary: 'Back to what was configured', value: { chunk_size: null } },
    },
  })
  @ApiResponse({ status: 200, type: SettingsDto, description: 'All settings as they are then.' })
  @Problems(...BODY_REFUSALS, 'invalid_request')
  async change(@Body(new Valid(changesSchema)) changes: Record<string, unknown>): Promise<SettingsDto> {
    await this.live.change(changes);
    return this.show();
  }
}
