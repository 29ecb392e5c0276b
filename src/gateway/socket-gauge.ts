import { Injectable } from '@nestjs/common';
import { Gauge } from '@prometheus-io/client';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { PlainSockets } from './plain-sockets.js';
import { SocketIoGateway } from './socket-io.gateway.js';

/** `ocr_sockets_connected` in the metrics. */
@Injectable()
export class SocketGauge {
  constructor(registry: MetricsRegistry, plain: PlainSockets, socketIo: SocketIoGateway) {
    new Gauge({
      name: 'ocr_sockets_connected',
      help: 'Open live connections to this process.',
      labelNames: ['transport'],
      registers: [registry],
      collect() {
        this.set({ transport: 'websocket' }, plain.connected);
        this.set({ transport: 'socket_io' }, socketIo.connected);
      },
    });
  }
}
