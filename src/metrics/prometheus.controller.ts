import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { EngineMetrics } from './engine-metrics.js';
import { KeyGuard } from './key.guard.js';
import { MetricsRegistry } from './metrics-registry.js';
import { QueueMetrics } from './queue-metrics.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** `GET /metrics` for Prometheus. */
@ApiTags('health')
@Controller('metrics')
@UseGuards(KeyGuard)
export class PrometheusController {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly queue: QueueMetrics,
    private readonly engines: EngineMetrics,
    private readonly webhooks: WebhookMetrics,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Metrics in the text format of Prometheus' })
  @ApiProduces('text/plain')
  async read(@Res() response: Response): Promise<void> {
    await Promise.all([this.queue.refresh(), this.engines.refresh(), this.webhooks.refresh()]);
    const text = await this.registry.metrics();
    response.set({ 'Content-Type': this.registry.contentType, 'Cache-Control': 'no-store' }).send(text);
  }
}
