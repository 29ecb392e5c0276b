import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from '@prometheus-io/client';

/** The Prometheus metrics of this process, Node's own among them. One for each application, not the library's global one. */
@Injectable()
export class MetricsRegistry extends Registry {
  constructor() {
    super();
    collectDefaultMetrics({ register: this });
  }
}
