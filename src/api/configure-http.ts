import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import compression from 'compression';
import type { Request } from 'express';
import helmet from 'helmet';
import { ApiKeys } from '../access/api-keys.js';
import { Origins } from '../access/origins.js';
import type { Settings } from '../config/settings.js';
import { Logs } from '../logging/logs.js';
import { logCalls } from './http/call-log.js';
import { guardAccess } from './http/guard-access.js';
import { ProblemFilter } from './http/problem.filter.js';
import { assignRequestId } from './http/request-context.js';
import { requireKnownBody } from './http/require-known-body.js';
import { serveDescription } from './openapi/openapi.js';

/** Bytes of the largest JSON body; documents do not come in JSON. */
const JSON_BYTES = 1024 * 1024;
/** The same for a batch: a thousand documents with everything that can be said of them. */
const BATCH_BYTES = 20 * 1024 * 1024;
/** Milliseconds a connection may be silent. There is no limit to a whole call: large uploads over slow lines take long. */
const SILENCE = 120_000;
/** Milliseconds an idle connection is kept: longer than common load balancers keep theirs, so that they close first. */
const KEEP_ALIVE = 65_000;

/**
 * Sets up everything HTTP of an application that has the ApiModule; to be called before it listens. Create the application
 * with `bodyParser: false`: the body parser is set up here. The order is that of the code: every call gets its id and its log
 * line, also those that are refused before their body is read.
 */
export function configureHttp(app: NestExpressApplication, settings: Settings): void {
  const logs = app.get(Logs);
  app.disable('x-powered-by');
  app.set('trust proxy', settings.trust_proxy);
  app.set('query parser', 'simple');
  app.useGlobalFilters(new ProblemFilter(logs.api));

  app.use(assignRequestId);
  app.use(logCalls(logs.api));
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: CONTENT_POLICY }, strictTransportSecurity: false }));
  if (settings.cors_origins.length > 0) app.enableCors({ origin: corsOrigins(settings), ...CORS });
  app.use(guardAccess(app.get(ApiKeys), app.get(Origins)));
  app.use(compression());
  app.use(requireKnownBody);
  // Not strict: what is JSON but no object (`null`, `5`) is told so by the routes, as a list is.
  app.useBodyParser('json', { limit: BATCH_BYTES, type: isBatch, strict: false });
  app.useBodyParser('json', { limit: JSON_BYTES, strict: false });
  serveDescription(app, settings);

  const server = app.getHttpServer();
  server.requestTimeout = 0;
  server.timeout = SILENCE;
  server.keepAliveTimeout = KEEP_ALIVE;
  server.headersTimeout = KEEP_ALIVE + 1000;
}

function isBatch(message: IncomingMessage): boolean {
  const request = message as Request;
  return request.path === '/api/ocr/tasks/batch' && request.is('json') !== false;
}

/** Pages of ours load from us alone. Swagger UI brings its styles inline and its icons as data. */
const CONTENT_POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'object-src': ["'none'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'self'"],
};

const CORS = {
  exposedHeaders: [
    'Location',
    'Retry-After',
    'X-Request-Id',
    'Idempotency-Replayed',
    'ETag',
    'Content-Disposition',
    'Content-Range',
    'Accept-Ranges',
  ],
  maxAge: 600,
};

function corsOrigins({ cors_origins }: Settings): string | string[] {
  return cors_origins.includes('*') ? '*' : cors_origins.map((origin) => origin.replace(/\/$/, ''));
}
