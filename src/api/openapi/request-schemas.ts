import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { bulkSchema } from '../requests/bulk-request.js';
import { readingSchema } from '../requests/reading-request.js';
import { batchSchema, changesSchema, retrySchema, submitSchema, uploadSchema } from '../requests/submit-request.js';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** The schema callers are checked against, as the API's description shows it. */
export function openApiSchema(schema: z.ZodType): Schema {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return described as Schema;
}

export const SUBMIT_BODY: ApiBodyOptions = {
  schema: openApiSchema(submitSchema),
  examples: {
    path: {
      summary: 'A document in one of the `input_roots`',
      value: {
        document_path: 'document.pdf',
        priority: 'HIGH',
        options: { language: 'fra', formats: ['pdf', 'txt', 'json'] },
        metadata: { description: 'Document technique' },
      },
    },
    url: { summary: 'A document fetched from an address', value: { document_url: 'https://example.org/report.pdf' } },
    webhook: {
      summary: 'Tell another system when it is done',
      value: { document_path: 'document.pdf', options: { webhook_url: 'https://example.org/hooks/ocr' } },
    },
    pages: {
      summary: 'Some pages, read anew, delivered as files',
      value: { document_path: 'document.pdf', options: { pages: '1-3,5-', mode: 'force', output_path: 'archive/' } },
    },
  },
};

export const BATCH_BODY: ApiBodyOptions = {
  schema: openApiSchema(batchSchema),
  examples: {
    some: {
      summary: 'Two documents; a bad one does not keep the other out',
      value: { documents: [{ document_path: 'a.pdf' }, { document_path: 'b.pdf', priority: 'LOW' }] },
    },
    all: {
      summary: 'All or none',
      value: { atomic: true, documents: [{ document_path: 'a.pdf', metadata: { customer: '7' } }] },
    },
  },
};

export const BULK_BODY: ApiBodyOptions = {
  schema: openApiSchema(bulkSchema),
  examples: {
    count: { summary: 'How many would be retried', value: { action: 'retry', filter: { status: ['failed'] }, dry_run: true } },
    first: {
      summary: 'Put a customer’s documents first',
      value: { action: 'set_priority', priority: 'HIGH', filter: { metadata: { customer: '7' } } },
    },
    all: { summary: 'Pause everything', value: { action: 'pause', filter: {}, max: 10_000 } },
    step: {
      summary: 'Cancel everything, a hundred tasks a call',
      value: { action: 'cancel', filter: { after: '0198c0de-0000-7000-8000-000000000000' }, limit: 100 },
    },
  },
};

export const READING_BODY: ApiBodyOptions = {
  required: false,
  schema: openApiSchema(readingSchema),
  examples: {
    larger: { summary: 'Drawn larger, in two languages', value: { dpi: 400, language: 'eng+fra' } },
    engine: { summary: 'By another engine, its own text left aside', value: { provider: 'tesseract_cli', mode: 'force' } },
  },
};

export const CHANGES_BODY: ApiBodyOptions = {
  schema: openApiSchema(changesSchema),
  examples: { first: { summary: 'Before everything else', value: { priority: 'CRITICAL' } } },
};

export const RETRY_BODY: ApiBodyOptions = {
  required: false,
  schema: openApiSchema(retrySchema),
  examples: {
    same: { summary: 'As before', value: {} },
    other: { summary: 'In another language, drawn larger', value: { options: { language: 'eng+fra', dpi: 400 } } },
    password: { summary: 'With the right password', value: { options: { password: '…' } } },
  },
};

/** A form carries the options as one JSON field, or each in a field of its own. */
export const UPLOAD_BODY: ApiBodyOptions = { schema: uploadForm() };

function uploadForm(): Schema {
  const { properties = {} } = openApiSchema(uploadSchema) as { properties?: Record<string, { properties?: object }> };
  const { options, ...others } = properties;
  return {
    type: 'object',
    required: ['file'],
    properties: {
      file: {
        type: 'string',
        format: 'binary',
        description: 'The document: PDF, TIFF, PNG, JPEG or WebP, known by its content.',
      },
      ...others,
      options,
      ...options?.properties,
    },
  } as Schema;
}
