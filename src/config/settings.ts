import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { WEBHOOK_EVENTS } from './webhook-events.js';

const seconds = (min: number, max: number) => z.coerce.number().min(min).max(max);
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.union([z.boolean(), z.stringbool()]);
/** A list written as YAML sequence or as one string separated by commas (paths: by the platform's path delimiter or commas). */
const list = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[,]/))])
  .transform((items) => items.map((item) => item.trim()).filter((item) => item !== ''));

const serviceUrl = z.url({ protocol: /^https?$/, error: 'it must be an address like https://host/path' });

const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const webhookSecrets = list.refine(
  (secrets) => secrets.length > 0 && secrets.every((secret) => WEBHOOK_SECRET.test(secret)),
  'it must be whsec_ and 24 to 64 bytes in base64',
);

/** What may run in one process. */
export const ROLES = ['api', 'worker', 'scheduler'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Every setting: its type, bounds, default and what it does. The environment variable is `OCR_` + the name in capitals
 * (`DATABASE_URL` apart); the configuration file uses the name as it stands. `docs/configuration.md` is made from this.
 */
export const settingsSchema = z.strictObject({
  // the seed's five
  max_concurrent_tasks: whole(1, 10_000)
    .default(3)
    .describe(
      'Tasks worked on at the same time, over all nodes. Fewer spare memory and disk; the pages read at once, which one task can fill, are `ocr_slots`.',
    ),
  chunk_size: whole(1, 1000)
    .default(5)
    .describe(
      'Pages in a chunk, unless the task says otherwise. Larger suits long documents of quick pages, with a `chunk_timeout` to match; smaller suits slow pages.',
    ),
  chunk_timeout: seconds(1, 86_400)
    .default(300)
    .describe(
      'Seconds one attempt at a chunk may take before it is stopped and tried again. Raise it with `chunk_size`, or when pages are slow.',
    ),
  throttle_interval: seconds(0, 60).default(0.5).describe('Least seconds between two progress messages about the same task.'),
  completed_task_retention: z.coerce
    .number()
    .min(0)
    .max(87_600)
    .default(24)
    .describe('Hours a finished task and its files are kept.'),

  // where it listens
  host: z.string().default('127.0.0.1').describe('Address to listen on. Anything but loopback should have `api_keys`.'),
  port: whole(0, 65_535).default(8000).describe('Port to listen on; 0 takes a free one.'),
  rpc_port: whole(0, 65_535)
    .default(0)
    .describe('Port on loopback where other services reach the queue as a Nest microservice (TCP); 0: none.'),
  roles: list
    .pipe(z.array(z.enum(ROLES)).min(1))
    .default([...ROLES])
    .describe('What this process does: `api`, `worker`, `scheduler`.'),
  api_keys: list.default([]).describe('Keys accepted as `Authorization: Bearer` or `X-API-Key`. Empty: no key is asked for.'),
  cors_origins: list.default([]).describe('Browser origins other than our own that may call the API and open sockets.'),
  allowed_hosts: list
    .default([])
    .describe(
      'Host names, besides loopback and private ones, that callers may use while no `api_keys` are set; on loopback, at any time.',
    ),
  trust_proxy: flag.default(false).describe('Believe `X-Forwarded-*` headers of a reverse proxy.'),

  // where things lie
  data_dir: z
    .string()
    .default('data')
    .describe('Folder of everything the product keeps: embedded PostgreSQL, document store, caches.'),
  log_dir: z.string().default('logs').describe('Folder of `ocr_queue.log`, `tasks.log` and `api.log`.'),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('Least level that is logged.'),
  log_console: z
    .enum(['pretty', 'json', 'off'])
    .default('pretty')
    .describe('The same lines on the console: readable, JSON, or not.'),
  log_max_size_mb: whole(1, 10_000).default(20).describe('Megabytes after which a log file is rotated.'),
  log_max_files: whole(1, 1000).default(10).describe('Rotated files kept for each log.'),
  log_rotate_days: whole(1, 365).default(1).describe('Days after which a log file is rotated whatever its size.'),
  input_roots: list
    .default([])
    .describe(
      'Folders `document_path` may point into (commas between them): one shared mount, at the same path, on every API node and worker. Empty: `<data_dir>/inbox` and the folder `samples` of the working directory.',
    ),
  output_roots: list
    .default([])
    .describe(
      'Folders `output_path` may point into (commas between them): one shared mount, at the same path, on every API node and worker. They are not made when they are missing. Empty: `<data_dir>/outbox`, which is.',
    ),
  tessdata_dir: z.string().optional().describe('Folder with more `*.traineddata` files for tesseract (searched first).'),

  // the document store
  store_url: z
    .string()
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\/?$/,
      'it must look like s3://bucket/prefix',
    )
    .optional()
    .describe('S3-compatible bucket that keeps all documents (`s3://bucket/prefix`). Unset: the folder `<data_dir>/store`.'),
  s3_endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the S3 service. Unset: that of AWS.'),
  s3_region: z.string().default('us-east-1').describe('Region of the bucket.'),
  s3_access_key_id: z
    .string()
    .optional()
    .describe('Access key of the bucket. Unset: what the AWS SDK finds (`AWS_*` variables, profile, role of the machine).'),
  s3_secret_access_key: z.string().optional().describe('Secret of `s3_access_key_id`.'),
  s3_force_path_style: flag
    .default(false)
    .describe('Name the bucket in the path, not in the host name; most S3 services other than AWS want it.'),
  store_cache_mb: whole(1, 10_000_000)
    .default(2048)
    .describe('Megabytes of documents from the bucket kept under `<data_dir>/cache`. Documents in use are kept beyond it.'),

  // the database
  database_url: z
    .string()
    .optional()
    .describe(
      'PostgreSQL 15 or later (`postgres://user:password@host/db`). Unset: the embedded one. Environment: `DATABASE_URL`.',
    ),
  database_pool_size: whole(2, 500).default(10).describe('Most connections of this process to PostgreSQL.'),

  // the queue
  max_queued_tasks: whole(1, 100_000_000).default(100_000).describe('Unfinished tasks accepted; more answer 429.'),
  text_chunk_size: whole(1, 1000)
    .default(20)
    .describe(
      'Most pages in a chunk of a document that carries its text, unless the task says otherwise: such a page takes milliseconds, a chunk as much again.',
    ),
  max_attempts: whole(1, 100).default(3).describe('Attempts at a job before it has failed.'),
  max_stalls: whole(0, 100).default(3).describe('Times a job may be lost with its node before it has failed.'),
  retry_backoff: seconds(0, 3600).default(2).describe('Seconds before the first retry; doubled for each more, with full jitter.'),
  retry_backoff_max: seconds(0, 86_400).default(300).describe('Most seconds between two tries.'),
  node_heartbeat: seconds(0.1, 300).default(2).describe('Seconds between two renewals of a node’s lease.'),
  node_lease: seconds(0.5, 3600).default(8).describe('Seconds a node’s lease holds. After it, others take its jobs over.'),
  poll_interval: seconds(0.05, 60).default(1).describe('Seconds between two looks at the queue when no notification came.'),
  shutdown_grace: seconds(0, 600)
    .default(5)
    .describe('Seconds a stopping process gives running pages to finish before they are given back.'),
  sweep_interval: seconds(1, 86_400).default(60).describe('Seconds between two runs of the retention sweeper.'),

  // OCR
  default_language: z
    .string()
    .regex(/^[A-Za-z][\w/]*(\+[A-Za-z][\w/]*)*$/)
    .default('eng')
    .describe('Language when the task names none.'),
  default_provider: z.string().default('tesseract').describe('OCR provider when the task names none.'),
  substitute_provider: flag
    .default(true)
    .describe(
      'A known OCR provider that is not configured on this server is stood in for by `default_provider`; the task’s options say which one was asked for.',
    ),
  ocr_slots: whole(1, 1024)
    .default(availableParallelism())
    .describe('Pages this node recognises at the same time. Default: one for each core.'),
  engine_max_pages: whole(1, 100_000).default(200).describe('Pages after which an engine worker is replaced by a fresh one.'),
  engine_max_memory_mb: whole(128, 65_536)
    .default(1024)
    .describe('Megabytes of the engine worker’s own memory after which it is replaced.'),
  page_timeout: seconds(1, 86_400).default(120).describe('Seconds the reading of one page may take.'),
  page_cache: flag
    .default(true)
    .describe('Take page images that were read before, within retention and for the same tenant, as they were read then.'),
  default_dpi: whole(0, 1200).default(0).describe('Resolution pages are drawn at; 0 chooses what suits the page.'),

  // remote OCR providers
  provider_fallback: list
    .default([])
    .describe(
      'Providers that take a page over, in order, when the task’s own is down or fails on it (unless the task names others). Pages that stay doubtful after a second look are read by them, too, which paid ones bill.',
    ),
  remote_slots: whole(1, 1024)
    .default(4)
    .describe('Requests this node has under way at each remote provider; `ocr_slots` still limits the pages of the node.'),
  remote_timeout: seconds(1, 300).default(60).describe('Seconds a remote provider may take to read one page.'),
  document_ai_processor: z
    .string()
    .regex(
      /^projects\/[^/]+\/locations\/[a-z0-9-]+\/processors\/[^/]+(\/processorVersions\/[^/]+)?$/,
      'it must look like projects/my-project/locations/eu/processors/0123456789abcdef',
    )
    .optional()
    .describe('Processor (or one version of it) `document_ai` reads with: `projects/…/locations/…/processors/…`.'),
  document_ai_key_file: z
    .string()
    .optional()
    .describe(
      'Key file (JSON) of the service account for `document_ai`. Unset: the machine’s own (`GOOGLE_APPLICATION_CREDENTIALS`).',
    ),
  document_ai_endpoint: serviceUrl.optional().describe('Address of Document AI. Unset: that of the processor’s location.'),
  document_ai_bucket: z
    .string()
    .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]+(\/[^/]+)*\/?$/, 'it must look like gs://my-bucket/folder')
    .optional()
    .describe(
      'Folder in Google Cloud Storage for batches (`gs://my-bucket/folder`). Set: when many pages wait for `document_ai`, they go as a batch.',
    ),
  document_ai_batch_pages: whole(16, 500).default(100).describe('Waiting pages from which on a batch is made of them.'),
  document_ai_batch_timeout: seconds(60, 86_400)
    .default(1800)
    .describe('Seconds a batch may take. `page_timeout` and `chunk_timeout` must leave it as much.'),
  document_ai_storage_endpoint: serviceUrl
    .optional()
    .describe('Address of Google Cloud Storage. Unset: `https://storage.googleapis.com`.'),
  textract_region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional()
    .describe('AWS region whose Textract `textract` reads with.'),
  textract_access_key_id: z
    .string()
    .optional()
    .describe('Access key for Textract. Unset: what the AWS SDK finds (`AWS_*` variables, profile, role of the machine).'),
  textract_secret_access_key: z.string().optional().describe('Secret of `textract_access_key_id`.'),
  textract_endpoint: serviceUrl.optional().describe('Address of Textract. Unset: that of the region.'),
  azure_document_endpoint: serviceUrl
    .optional()
    .describe('Address of the Azure resource `azure_document_intelligence` reads with: `https://….cognitiveservices.azure.com`.'),
  azure_document_key: z.string().optional().describe('Key of the Azure resource.'),
  http_ocr_url: serviceUrl.optional().describe('Address `http` posts page images to; `docs/engines.md` has the contract.'),
  http_ocr_token: z.string().optional().describe('Sent to `http_ocr_url` as `Authorization: Bearer`.'),
  openai_vision_url: serviceUrl
    .optional()
    .describe('Base address of an OpenAI-compatible API for `openai_vision`, with its version: `http://127.0.0.1:8080/v1`.'),
  openai_vision_model: z.string().optional().describe('Model `openai_vision` reads with.'),
  openai_vision_key: z.string().optional().describe('Key of that API, if it wants one.'),
  openai_vision_prompt: z
    .string()
    .optional()
    .describe('What `openai_vision` asks the model for; `{languages}` stands for the languages of the page. Unset: built in.'),

  // webhooks
  webhook_url: serviceUrl
    .optional()
    .describe(
      'Address that is told of all tasks, besides those tasks name themselves; for every process with the role `scheduler`. It may be a private one: `docs/webhooks.md`.',
    ),
  webhook_secret: webhookSecrets
    .optional()
    .describe(
      'Webhooks are signed with it: `whsec_` and 24 to 64 bytes in base64. Two with a comma between while it is replaced.',
    ),
  webhook_events: list
    .pipe(z.array(z.enum(WEBHOOK_EVENTS)).min(1))
    .default(['task.completed', 'task.completed_with_errors', 'task.failed', 'task.cancelled'])
    .describe('Events `webhook_url` is told of, and the addresses of tasks that name none: those that end a task by default.'),
  webhook_allow_private: flag.default(false).describe('Let the `webhook_url` of a task reach private and loopback addresses.'),
  webhook_timeout: seconds(1, 120).default(15).describe('Seconds a webhook’s receiver may take to answer.'),
  webhook_retry_hours: z.coerce
    .number()
    .min(0)
    .max(720)
    .default(24)
    .describe('Hours a webhook is tried again before it is given up; no longer than its task is kept.'),

  // limits
  max_upload_mb: whole(1, 1_000_000).default(1024).describe('Megabytes of the largest document accepted.'),
  max_pages: whole(1, 1_000_000).default(10_000).describe('Pages of the largest document accepted.'),
  max_page_pixels: whole(1_000_000, 1_000_000_000)
    .default(100_000_000)
    .describe('Most pixels of one page image, drawn or decoded.'),
  url_timeout: seconds(1, 3600).default(60).describe('Seconds fetching a `document_url` may take.'),
  url_allow_private: flag.default(false).describe('Let `document_url` reach private and loopback addresses.'),
  socket_buffer_kb: whole(16, 1_000_000)
    .default(1024)
    .describe('Kilobytes waiting for a slow WebSocket client before it is dropped.'),
});

/** Settings whose values are never printed, logged or documented. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set<keyof Settings>([
  'api_keys',
  'database_url',
  's3_access_key_id',
  's3_secret_access_key',
  'textract_access_key_id',
  'textract_secret_access_key',
  'azure_document_key',
  'http_ocr_token',
  'openai_vision_key',
  'webhook_secret',
]);

/** The one validated settings object. Folders are absolute after loading. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** DI token of {@link Settings}. */
export const SETTINGS = Symbol('Settings');
