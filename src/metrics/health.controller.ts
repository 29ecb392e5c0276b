import { Controller, Get, Header, Res, type OnModuleDestroy } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { HealthRegistry } from '../health/health-registry.js';
import { HealthCheckDto, LivenessDto, ReadinessDto } from './health.dto.js';

/** `GET /livez` and `GET /readyz`, open to everybody: probes carry no key. */
@ApiTags('health')
@ApiExtraModels(HealthCheckDto)
@Controller()
export class HealthController implements OnModuleDestroy {
  private stopping = false;

  constructor(private readonly health: HealthRegistry) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  @Get('livez')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The process runs' })
  @ApiOkResponse({ type: LivenessDto })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'The process can do its work: database, document store, background loops' })
  @ApiOkResponse({ type: ReadinessDto })
  @ApiServiceUnavailableResponse({ type: ReadinessDto, description: 'Some part is not healthy; `checks` says which.' })
  async ready(@Res() response: Response): Promise<void> {
    const checks = await this.health.run();
    if (this.stopping) checks.process = { healthy: false, code: 'stopping', detail: 'The process is stopping.' };
    const healthy = Object.values(checks).every((check) => check.healthy);
    const body: ReadinessDto = { status: healthy ? 'ok' : 'unavailable', checks };
    response
      .status(healthy ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(body);
  }
}
