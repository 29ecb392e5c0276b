import { Injectable } from '@nestjs/common';
import { Histogram } from '@prometheus-io/client';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { MetricsRegistry } from './metrics-registry.js';

/**
 * Measures every HTTP call, labelled by its route's pattern: never by its path, which would grow without end. Calls no route has
 * taken, those that are refused before among them, have the route `none`.
 */
@Injectable()
export class HttpMetrics {
  private readonly seconds: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: MetricsRegistry) {
    this.seconds = new Histogram({
      name: 'ocr_http_request_duration_seconds',
      help: 'HTTP calls from their arrival to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
  }

  /** To be used by the application before everything else: what stands before it is not measured. */
  readonly measure: RequestHandler = (request: Request, response: Response, next: NextFunction) => {
    const arrived = performance.now();
    response.once('close', () => {
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      const labels = {
        method: request.method,
        route: typeof route === 'string' ? route : 'none',
        status: response.writableFinished ? String(response.statusCode) : 'aborted',
      };
      this.seconds.observe(labels, (performance.now() - arrived) / 1000);
    });
    next();
  };
}
