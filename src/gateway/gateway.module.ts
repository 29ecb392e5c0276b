import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LiveReads } from './live-reads.js';
import { LiveStats } from './live-stats.js';
import { LiveUpdates } from './live-updates.js';
import { PlainSockets } from './plain-sockets.js';
import { SocketGauge } from './socket-gauge.js';
import { SocketIoGateway } from './socket-io.gateway.js';
import { SocketRefusals } from './socket-refusals.js';

/**
 * What happens to tasks, told live: plain WebSockets under `/ws/ocr/`, Socket.IO under `/socket.io`. Attaches itself to the
 * HTTP server; only for processes that have one.
 */
@Module({
  imports: [AccessModule, MetricsModule],
  providers: [LiveReads, LiveUpdates, LiveStats, PlainSockets, SocketIoGateway, SocketGauge, SocketRefusals],
})
export class GatewayModule {}
