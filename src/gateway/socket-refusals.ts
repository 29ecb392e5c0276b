import { Injectable } from '@nestjs/common';
import { Counter } from '@prometheus-io/client';
import type { ErrorCode } from '../errors/error-codes.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';

/** Live connections that may not be had, with the code HTTP calls get for it. */
export type SocketRefusal = Extract<ErrorCode, 'unauthorized' | 'origin_not_allowed'>;

/** `ocr_sockets_refused_total` in the metrics: whoever guesses keys is seen there. */
@Injectable()
export class SocketRefusals {
  private readonly refused: Counter<'transport' | 'code'>;

  constructor(registry: MetricsRegistry) {
    this.refused = new Counter({
      name: 'ocr_sockets_refused_total',
      help: 'Live connections this process refused, for want of a key or because of the page or the host name they came by.',
      labelNames: ['transport', 'code'],
      registers: [registry],
    });
  }

  count(transport: 'websocket' | 'socket_io', code: SocketRefusal): void {
    this.refused.inc({ transport, code });
  }
}
