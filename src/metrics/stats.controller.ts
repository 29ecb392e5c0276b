import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { KeyGuard } from './key.guard.js';
import { StatsDto } from './stats.dto.js';
import { StatsService } from './stats.service.js';

@ApiTags('queue')
@Controller('api/ocr/stats')
@UseGuards(KeyGuard)
export class StatsController {
  constructor(private readonly stats: StatsService) {}

  /** The queue's figures, at most a second old while the database is fast. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Figures of the queue: tasks, waiting pages, throughput, durations, nodes' })
  @ApiOkResponse({ type: StatsDto })
  read(): Promise<StatsDto> {
    return this.stats.current();
  }
}
