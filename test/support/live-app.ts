import type { AddressInfo } from 'node:net';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ConfigModule } from '../../src/config/config.module.js';
import type { Settings } from '../../src/config/settings.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { Listener } from '../../src/database/listener.js';
import { GatewayModule } from '../../src/gateway/gateway.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { HttpMetrics } from '../../src/metrics/http-metrics.js';
import { MetricsRegistry } from '../../src/metrics/metrics-registry.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { StorageModule } from '../../src/storage/storage.module.js';
import { TASK_ENTITIES } from '../../src/task-manager/entities/index.js';
import { TaskManagerModule } from '../../src/task-manager/task-manager.module.js';

@Module({})
class LiveModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: LiveModule,
      imports: [
        ConfigModule.with(settings),
        LoggingModule,
        HealthModule,
        DatabaseModule.with(TASK_ENTITIES),
        StorageModule,
        TaskManagerModule,
        MetricsModule,
        GatewayModule,
      ],
    };
  }
}

/** A process that only tells what happens: the gateway and the metrics, without queue and engines. */
export interface LiveApp {
  readonly app: NestExpressApplication;
  /** `127.0.0.1:port` */
  readonly host: string;
  close(): Promise<void>;
}

export async function startLiveApp(settings: Settings): Promise<LiveApp> {
  const quiet: Settings = { ...settings, log_console: 'off' };
  const app = await NestFactory.create<NestExpressApplication>(LiveModule.with(quiet), { logger: false, abortOnError: false });
  app.use(app.get(HttpMetrics).measure);
  await app.listen(0, '127.0.0.1');
  await app.get(Listener).ready();
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, host: `127.0.0.1:${port}`, close: () => app.close() };
}

/** How often live connections were refused, by the metrics. */
export async function refusalsOf(app: LiveApp['app'], transport: string, code: string): Promise<number> {
  const metric = await app.get(MetricsRegistry).getSingleMetric('ocr_sockets_refused_total')!.get();
  return metric.values.find(({ labels }) => labels.transport === transport && labels.code === code)?.value ?? 0;
}
