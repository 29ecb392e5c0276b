import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { BasicChecks } from './basic-checks.js';
import { EngineMetrics } from './engine-metrics.js';
import { HealthController } from './health.controller.js';
import { HistoryService } from './history.service.js';
import { HttpMetrics } from './http-metrics.js';
import { MetricsRegistry } from './metrics-registry.js';
import { PageRecorder } from './page-recorder.js';
import { PrometheusController } from './prometheus.controller.js';
import { QueueMetrics } from './queue-metrics.js';
import { StatisticsUpkeep } from './statistics-upkeep.js';
import { StatsController } from './stats.controller.js';
import { StatsService } from './stats.service.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { WorkMetrics } from './work-metrics.js';

/**
 * What is going on, in figures: `/livez`, `/readyz`, `/metrics` and `/api/ocr/stats`, and the record of the throughput. Gives
 * others the figures (`StatsService`), the registry to add metrics of their own to, and what measures calls (`HttpMetrics`), which
 * the application has to use first.
 */
@Module({
  imports: [AccessModule, StorageModule],
  controllers: [HealthController, PrometheusController, StatsController],
  providers: [
    MetricsRegistry,
    HttpMetrics,
    StatsService,
    HistoryService,
    PageRecorder,
    StatisticsUpkeep,
    WorkMetrics,
    QueueMetrics,
    EngineMetrics,
    WebhookMetrics,
    BasicChecks,
  ],
  exports: [MetricsRegistry, HttpMetrics, StatsService],
})
export class MetricsModule {}
