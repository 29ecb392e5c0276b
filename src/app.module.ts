import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { QueueManagerModule } from './queue-manager/queue-manager.module.js';
import { RpcModule } from './rpc/rpc.module.js';
import { StorageModule } from './storage/storage.module.js';
import { TASK_ENTITIES } from './task-manager/entities/index.js';
import { TaskManagerModule } from './task-manager/task-manager.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/**
 * Wires the modules. What a process does follows its roles: only one with the role `api` answers the API and the
 * WebSockets; health and metrics are there in every process.
 */
@Module({})
export class AppModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(settings),
        LoggingModule,
        HealthModule,
        DatabaseModule.with(TASK_ENTITIES),
        StorageModule,
        TaskManagerModule,
        QueueManagerModule,
        MetricsModule,
        WebhooksModule,
        ...(settings.roles.includes('api') ? [ApiModule, GatewayModule, RpcModule] : []),
      ],
    };
  }
}
