import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EngineRegistry } from '../base-ocr/engine-registry.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { ProviderListDto } from './dto/provider.dto.js';
import { Problems } from './openapi/answers.js';

/** Tells which OCR engines there are. */
@ApiTags('engines')
@Controller('api/ocr/providers')
export class ProvidersController {
  constructor(
    private readonly engines: EngineRegistry,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the OCR engines, whether they are ready, and their languages' })
  @ApiResponse({ status: 200, type: ProviderListDto })
  @Problems()
  async list(): Promise<ProviderListDto> {
    const { default_provider, default_language } = this.settings;
    return { providers: await this.engines.statuses(), default_provider, default_language };
  }
}
