import { z } from 'zod';
import { WEBHOOK_EVENTS } from '../../config/webhook-events.js';
import { isStorableText } from '../../database/storable-text.js';
import { PAGE_RANGES } from '../../task-manager/page-ranges.js';
import { FORMATS, MODES, PREPROCESS_STEPS, PRIORITIES, type PreprocessStep } from '../../task-manager/task.types.js';
import { whyNotStorable } from './storable.js';

const METADATA_BYTES = 16 * 1024;
/** `fra`, `eng+fra`, `script/Latin`. */
const LANGUAGES = /^[A-Za-z][\w/-]*(\+[A-Za-z][\w/-]*)*$/;

const text = (most: number) => z.string().min(1).max(most).refine(isStorableText, 'holds characters that cannot be stored');

/** Priorities may be written in any case. */
export const prioritySchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  z.enum(PRIORITIES),
);

/** What the caller says of how a document is to be treated. Defaults come from the settings. */
export const optionsSchema = z.strictObject({
  ocr_provider: text(100)
    .optional()
    .describe('The OCR engine; `GET /api/ocr/providers` lists them. Default: `default_provider`.'),
  provider_fallback: z
    .array(text(100))
    .max(10)
    .transform((providers) => [...new Set(providers)])
    .optional()
    .describe(
      'Engines that read a page when `ocr_provider` is down or fails on it, in this order; each page tells which one did. With `second_look` they also read pages that stay doubtful after it, which costs what they cost. Default: the setting `provider_fallback`.',
    ),
  language: z
    .string()
    .max(200)
    .regex(LANGUAGES, 'must name languages like fra or eng+fra')
    .optional()
    .describe('Languages of the document, the main one first: `fra`, `eng+fra`. Default: `default_language`.'),
  chunk_size: z.int().min(1).max(1000).optional().describe('Pages in a chunk. Default: the setting `chunk_size`.'),
  text_chunk_size: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      'Most pages in a chunk of a document that carries its text. Default: a `chunk_size` that is given, else the setting `text_chunk_size`.',
    ),
  pages: z
    .string()
    .max(2000)
    .refine(arePageRanges, 'must be page numbers and rising ranges like 1-3,5,9-')
    .optional()
    .describe('The pages to treat, `1-3,5,9-`. Default: all. The others stay in the PDF as they are.'),
  mode: z
    .enum(MODES)
    .optional()
    .describe(
      'What to do with text a page already has. `skip_text` (default): keep it; `redo`: replace an invisible OCR layer; `force`: read every page anew.',
    ),
  formats: z
    .array(z.enum(FORMATS))
    .min(1)
    .transform((formats) => [...new Set(formats)])
    .optional()
    .describe(
      'The results to make; `zip` holds the others, or, asked for alone, all but `pdfa`. Default: `pdf`, `txt` and `json`.',
    ),
  output_path: text(4096)
    .optional()
    .describe(
      'Where the results are put as files besides: a folder under one of the `output_roots`, or the name of a `.pdf` there.',
    ),
  dpi: z
    .int()
    .refine((dpi) => dpi === 0 || (dpi >= 50 && dpi <= 1200), 'must be 0, or from 50 to 1200')
    .optional()
    .describe('Resolution pages are drawn at; 0 (default) chooses what suits each page.'),
  preprocess: z
    .strictObject(
      Object.fromEntries(PREPROCESS_STEPS.map((step) => [step, z.boolean().optional()])) as Record<
        PreprocessStep,
        z.ZodOptional<z.ZodBoolean>
      >,
    )
    .optional()
    .describe(
      'Steps that make page images easier to read, each true (always), false (never) or left out (where a page needs it). The pages in the PDF stay as they are.',
    ),
  second_look: z
    .boolean()
    .optional()
    .describe(
      'Read pages whose first reading is doubtful again, prepared in another manner, at last by the engines of `provider_fallback`, and keep the better one. Default: true.',
    ),
  cache: z
    .boolean()
    .optional()
    .describe('Take page images read before as they were read then. Default: the setting `page_cache`.'),
  rotate_pages: z
    .boolean()
    .optional()
    .describe('Turn pages that lie on their side or head upright in the PDF, too. Default: false.'),
  deskew: z.boolean().optional().describe('Set crooked pages straight in the PDF, too. Default: false.'),
  optimize: z.boolean().optional().describe('Write the PDF anew, without loss, when that makes it smaller. Default: false.'),
  webhook_url: text(2048)
    .optional()
    .describe(
      'Where to POST what happens to the task (http or https), see `docs/webhooks.md`; a name and password in it are sent as Basic authentication and never shown.',
    ),
  webhook_events: z
    .array(z.enum(WEBHOOK_EVENTS))
    .min(1)
    .transform((events) => [...new Set(events)])
    .optional()
    .describe('Of which events. Default: the setting `webhook_events`, which is those that end a task.'),
  password: text(1024).optional().describe('Opens a protected PDF. Kept apart, never shown.'),
});

const common = {
  priority: prioritySchema.optional().describe('Default: `NORMAL`. CRITICAL goes before everything else.'),
  options: optionsSchema.optional(),
  tenant: text(100).optional().describe('Whom the work is for. Tenants share the queue fairly; tasks can be found by it.'),
  metadata: z
    .record(z.string(), z.unknown())
    .check((context) => {
      const message = whyNotStorable(context.value, METADATA_BYTES);
      if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
    })
    .optional()
    .describe('Anything of the caller’s own, up to 16 KB of JSON; tasks can be found by it.'),
};

/** Body of `POST /api/ocr/tasks`. */
export const submitSchema = z
  .strictObject({
    document_path: text(4096).optional().describe('A file under one of the `input_roots`: absolute, or relative to a root.'),
    document_url: text(8192)
      .optional()
      .describe('Where the document is fetched from (http or https), instead of `document_path`.'),
    ...common,
  })
  .refine((body) => (body.document_path === undefined) !== (body.document_url === undefined), {
    path: ['document_path'],
    error: 'or document_url must be given, and not both',
  });

/** Most documents of one batch. */
export const BATCH_SIZE = 1000;

const atomic = z
  .boolean()
  .default(false)
  .describe('All documents or none: one that is refused refuses the batch. Default: those that are good are queued.');

/** Body of `POST /api/ocr/tasks/batch`, as the API's description shows it. */
export const batchSchema = z.strictObject({ atomic, documents: z.array(submitSchema).min(1).max(BATCH_SIZE) });

/** The same as it is read: each document is checked by itself, with {@link submitSchema}. */
export const openBatchSchema = z.strictObject({ atomic, documents: z.array(z.unknown()).min(1).max(BATCH_SIZE) });

/** What may stand beside the file of `POST /api/ocr/upload`, once its form fields are put together. */
export const uploadSchema = z.strictObject(common);

/** Body of `PATCH /api/ocr/tasks/{task_id}`. */
export const changesSchema = z.strictObject({ priority: prioritySchema.describe('In any case.') });

/** The options a task can be retried with: those that do not change how it was cut into chunks. */
export const retryOptionsSchema = optionsSchema.omit({ chunk_size: true, text_chunk_size: true, pages: true });

/** Body of `POST /api/ocr/tasks/{task_id}/retry`. */
export const retrySchema = z.strictObject({
  options: retryOptionsSchema.optional().describe('What is done differently this time. Pages read well before stay as they are.'),
});

export type SubmitRequest = z.output<typeof submitSchema>;
export type BatchRequest = z.output<typeof openBatchSchema>;
export type UploadRequest = z.output<typeof uploadSchema>;
export type RequestedOptions = z.output<typeof optionsSchema>;
export type TaskChanges = z.output<typeof changesSchema>;
export type RetryRequest = z.output<typeof retrySchema>;
export type RetryOptions = z.output<typeof retryOptionsSchema>;

/** The names of the options, which a form may also carry as fields of their own. */
export const OPTION_NAMES: readonly string[] = Object.keys(optionsSchema.shape);

/** Checks the form and the order; whether the pages exist is known once the document is open. */
function arePageRanges(ranges: string): boolean {
  if (!PAGE_RANGES.test(ranges)) return false;
  return ranges.split(',').every((range) => {
    const [first = '', last = ''] = range.split('-').map((part) => part.trim());
    return Number(first) >= 1 && (last === '' || Number(last) >= Number(first));
  });
}
