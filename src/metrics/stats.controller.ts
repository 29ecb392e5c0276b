import { Controller, Get, Header, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { VALID_DTO } from '../requests/valid-dto.js';
import { HistoryDto, HistoryQueryDto } from './history.dto.js';
import { HistoryService } from './history.service.js';
import { KeyGuard } from './key.guard.js';
import { StatsDto } from './stats.dto.js';
import { StatsService } from './stats.service.js';

@ApiTags('queue')
@Controller('api/ocr/stats')
@UseGuards(KeyGuard)
export class StatsController {
  constructor(
    private readonly stats: StatsService,
    private readonly past: HistoryService,
  ) {}

  /** The queue's figures, at most a second old while the database is fast. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Figures of the queue: tasks, waiting pages, throughput, durations, nodes' })
  @ApiOkResponse({ type: StatsDto })
  read(): Promise<StatsDto> {
    return this.stats.current();
  }

  /** What was done over time, for graphs. */
  @Get('history')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Throughput and durations over time: by the minute, or by the quarter of an hour for a day' })
  @ApiOkResponse({ type: HistoryDto })
  history(@Query(VALID_DTO) { window }: HistoryQueryDto): Promise<HistoryDto> {
    return this.past.read(window);
  }
}
