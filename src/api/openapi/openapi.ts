import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import type { Settings } from '../../config/settings.js';
import { VERSION } from '../../version.js';
import { describeOtherModules } from './answers.js';
import { withEmptyForms } from './swagger-ui.js';

export const DOCS_PATH = 'api/docs';
export const OPENAPI_PATH = 'api/openapi.json';

/** Describes the API, and serves the description as Swagger UI and as JSON. Nothing of it comes from outside. */
export function serveDescription(app: NestExpressApplication, settings: Settings): void {
  let description: OpenAPIObject | undefined;
  let shown: OpenAPIObject | undefined;
  SwaggerModule.setup(DOCS_PATH, app, () => (description ??= describeApi(app, settings)), {
    jsonDocumentUrl: OPENAPI_PATH,
    raw: ['json'],
    customSiteTitle: 'OCR Queue API',
    // Swagger UI would otherwise show a badge of validator.swagger.io.
    swaggerOptions: { validatorUrl: null, tryItOutEnabled: true, persistAuthorization: true },
    // Asked for the JSON, too, which is for programs and stays as it is.
    patchDocumentOnRequest: (request: unknown, _response: unknown, document) =>
      (request as Request).path.endsWith('.js') ? (shown ??= withEmptyForms(document)) : document,
  });
}

function describeApi(app: NestExpressApplication, settings: Settings): OpenAPIObject {
  const builder = new DocumentBuilder()
    // In 3.0 a reference cannot be made nullable: `error: null` would break its own schema.
    .setOpenAPIVersion('3.1.0')
    .setTitle('OCR Queue')
    .setVersion(VERSION)
    .setDescription(
      'Documents in, searchable PDFs out. Errors are `application/problem+json` (RFC 9457) with a stable `code`. ' +
        'Progress comes over WebSockets: `/ws/ocr/task/{task_id}` and `/ws/ocr/all`.',
    )
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('tasks', 'Hand documents in, watch them, change their course')
    .addTag('results', 'What was read')
    .addTag('webhooks', 'What other systems were told')
    .addTag('engines', 'What reads')
    .addTag('queue', 'How the queue is doing')
    .addTag('settings', 'How the server is set up')
    .addTag('errors', 'What can go wrong')
    .addTag('health', 'For probes and Prometheus')
    // Not `addBearerAuth`, which calls it a JWT.
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'One of the `api_keys`, where there are any.' })
    .addSecurity('api_key', { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same in a header of its own.' });
  if (settings.api_keys.length > 0) builder.addSecurityRequirements('bearer').addSecurityRequirements('api_key');
  const description = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => operationId(controller, method),
  });
  describeOtherModules(description);
  return description;
}

/** `TasksController.list` -> `tasksList`. */
function operationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
}
