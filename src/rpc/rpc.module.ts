import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ApiModule } from '../api/api.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RpcController } from './rpc.controller.js';

/** The queue for other services. Answers once `attachRpc` has opened its port. */
@Module({ imports: [AccessModule, ApiModule, MetricsModule], controllers: [RpcController] })
export class RpcModule {}
