import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { protos, v1 } from '@google-cloud/documentai';
import type { Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import { readBatch } from './document-ai/batch.js';
import { BucketFolder } from './document-ai/bucket.js';
import { answerTo, ONCE, within, type Call } from './document-ai/calls.js';
import { errorOfDocumentAi } from './document-ai/errors.js';
import { blocksOf } from './document-ai/layout.js';
import { PATIENCE, type Patience } from './document-ai/patience.js';
import { writePagesPdf } from './document-ai/pages-pdf.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import type { FoundBlock } from './remote/found.js';
import { languageTags } from './remote/languages.js';
import { PageGroups } from './remote/page-groups.js';
import { encodePage, type EncodedPage } from './remote/page-image.js';
import { badAnswer, bare, isConnectionError, unreachable } from './remote/remote-errors.js';
import { unlessAborted } from './remote/unless-aborted.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';

type Client = v1.DocumentProcessorServiceClient;
type Document = protos.google.cloud.documentai.v1.IDocument;
type Options = protos.google.cloud.documentai.v1.IProcessOptions;
type Process = (
  request: protos.google.cloud.documentai.v1.IProcessRequest,
  options: object,
) => Call<protos.google.cloud.documentai.v1.IProcessResponse>;

/**
 * https://cloud.google.com/document-ai/limits: 15 pages and 40 MB in one request, which carries the image as Base64; 500 pages in a document of a
 * batch, of at most 1 GB.
 */
const LIMITS = { maxSide: 10_000, maxBytes: 20 * 1024 ** 2 };
const MOST_PAGES = 15;
const MOST_BATCH_PAGES = 500;
/** Bytes of page images in a batch: the limit less what could go wrong with it. */
const MOST_BATCH_BYTES = 900 * 1024 ** 2;

/** What is asked for: no more of the answer than is used. */
const FIELDS = ['text', 'pages.dimension', 'pages.blocks', 'pages.paragraphs', 'pages.lines', 'pages.tokens'];

/** Seconds the loading of the client may take, and the look for its credentials. */
const START_TIMEOUT = 30;

const STORAGE = 'https://storage.googleapis.com';

type DocumentAiSettings = Pick<
  Settings,
  | 'document_ai_processor'
  | 'document_ai_key_file'
  | 'document_ai_endpoint'
  | 'document_ai_bucket'
  | 'document_ai_storage_endpoint'
  | 'document_ai_batch_pages'
  | 'document_ai_batch_timeout'
  | 'remote_slots'
  | 'remote_timeout'
>;

/**
 * Google Document AI through Google's client, over REST, which passes the proxies that gRPC does not. Pages that wait while all requests
 * are under way go together: up to 15 in one `processDocument`, or, where a bucket is configured and many wait, hundreds in a
 * `batchProcessDocuments`. The client is loaded with the first page.
 */
export class DocumentAiService implements RemoteService {
  readonly name = 'document_ai';
  readonly version = clientVersion();
  readonly pagesARequest: number;
  private started: Promise<Client> | undefined;
  private readonly groups: PageGroups;

  constructor(
    private readonly settings: DocumentAiSettings,
    private readonly patience: Patience = PATIENCE,
  ) {
    const batchFrom = settings.document_ai_bucket === undefined ? Infinity : settings.document_ai_batch_pages;
    this.pagesARequest = settings.document_ai_bucket === undefined ? MOST_PAGES : MOST_BATCH_PAGES;
    this.groups = new PageGroups((pages, signal) => this.readTogether(pages, signal), {
      slots: settings.remote_slots,
      share: (waiting, free) =>
        waiting >= batchFrom ? Math.min(waiting, MOST_BATCH_PAGES) : Math.min(Math.ceil(waiting / free), MOST_PAGES),
      smaller: (failed) => (failed > MOST_PAGES ? MOST_PAGES : 1),
    });
  }

  problem(): EngineProblem | undefined {
    const missing = unset(this.settings, 'document_ai_processor');
    const { document_ai_key_file: keyFile } = this.settings;
    if (missing !== undefined || keyFile === undefined) return missing;
    try {
      accessSync(keyFile, constants.R_OK);
      return undefined;
    } catch {
      return { reason_code: 'key_file_unreadable', reason: 'The file document_ai_key_file names cannot be read.' };
    }
  }

  read(request: RecogniseRequest): Promise<readonly FoundBlock[]> {
    return this.groups.add(request);
  }

  private async readTogether(requests: readonly RecogniseRequest[], signal: AbortSignal): Promise<readonly FoundBlock[][]> {
    const client = await this.client();
    const { language } = requests[0]!;
    const processOptions = { ocrConfig: { hints: { languageHints: languageTags(language) } } };
    const pages: EncodedPage[] = [];
    for (const { image } of requests) {
      signal.throwIfAborted();
      pages.push(await encodePage(image, LIMITS));
    }
    try {
      const documents =
        pages.length > MOST_PAGES
          ? await this.batch(client, pages, processOptions, signal)
          : await this.processed(client, pages, processOptions, signal);
      return blocksOf(
        this.name,
        documents,
        requests.map(({ image }) => image),
      );
    } catch (error) {
      throw errorOfDocumentAi(this.name, error);
    }
  }

  /** Has the pages read while the service is waited for: in one request, or in as many as their size takes. */
  private async processed(
    client: Client,
    pages: readonly EncodedPage[],
    options: Options,
    signal: AbortSignal,
  ): Promise<Document[]> {
    const content = pages.length === 1 ? pages[0]!.png : await this.inOneFile(pages, (file) => readFile(file));
    if (content.length > LIMITS.maxBytes && pages.length > 1) {
      const half = pages.length >> 1;
      const first = await this.processed(client, pages.slice(0, half), options, signal);
      return [...first, ...(await this.processed(client, pages.slice(half), options, signal))];
    }
    signal.throwIfAborted();
    const call = (client.innerApiCalls.processDocument as Process)(
      {
        name: this.settings.document_ai_processor,
        skipHumanReview: true,
        rawDocument: { content, mimeType: pages.length === 1 ? 'image/png' : 'application/pdf' },
        fieldMask: { paths: FIELDS },
        processOptions: options,
      },
      ONCE,
    );
    const { document } = await within(this.name, this.settings.remote_timeout, signal, (limited) => answerTo(call, limited));
    if (document === null || document === undefined) throw badAnswer(this.name, 'no document in it');
    return [document];
  }

  /** Has the pages read through the bucket, in one batch, or in as many as their size takes. */
  private async batch(client: Client, pages: readonly EncodedPage[], options: Options, signal: AbortSignal): Promise<Document[]> {
    const bytes = pages.reduce((sum, { rows }) => sum + rows.length, 0);
    if (bytes > MOST_BATCH_BYTES) {
      const half = pages.length >> 1;
      const first = await this.batch(client, pages.slice(0, half), options, signal);
      return [...first, ...(await this.batch(client, pages.slice(half), options, signal))];
    }
    const { document_ai_bucket: uri, document_ai_storage_endpoint: endpoint = STORAGE, document_ai_processor } = this.settings;
    const bucket = new BucketFolder(this.name, uri!, endpoint, (url, call) => client.auth.fetch(url, call), this.patience.pauses);
    const terms = { processor: document_ai_processor!, fieldMask: FIELDS, processOptions: options };
    return this.inOneFile(pages, (file) =>
      within(this.name, this.settings.document_ai_batch_timeout, signal, (limited) =>
        readBatch(client, bucket, file, terms, this.patience, limited),
      ),
    );
  }

  /** Hands the pages over as one PDF, which is there until `use` has ended. */
  private async inOneFile<T>(pages: readonly EncodedPage[], use: (path: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'ocr-queue-pages-'));
    try {
      const path = join(folder, 'pages.pdf');
      await writePagesPdf(path, pages);
      return await use(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    const client = await this.started?.catch(() => undefined);
    await client?.close();
  }

  private client(): Promise<Client> {
    const never = new AbortController().signal;
    this.started ??= within(this.name, START_TIMEOUT, never, (limited) => unlessAborted(this.start(), limited)).catch((cause) => {
      this.started = undefined;
      if (cause instanceof OcrError) throw cause;
      if (isConnectionError(cause)) throw unreachable(this.name, cause);
      const detail = `${this.name} has no usable credentials: see document_ai_key_file.`;
      throw new OcrError('engine_unavailable', { detail, cause: bare(cause) });
    });
    return this.started;
  }

  private async start(): Promise<Client> {
    const { v1: api } = await import('@google-cloud/documentai');
    const { document_ai_processor: processor, document_ai_key_file: keyFilename, document_ai_endpoint } = this.settings;
    const location = processor?.split('/')[3];
    const url = new URL(document_ai_endpoint ?? `https://${location}-documentai.googleapis.com`);
    const client = new api.DocumentProcessorServiceClient({
      fallback: true,
      apiEndpoint: url.hostname,
      protocol: url.protocol.replace(':', ''),
      port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
      keyFilename,
    });
    await client.initialize();
    // Credentials are tried out now, so that bad ones are known for what they are.
    await client.auth.getRequestHeaders(url.origin);
    return client;
  }
}

function clientVersion(): string {
  const { version } = createRequire(import.meta.url)('@google-cloud/documentai/package.json') as { version: string };
  return version;
}

export const documentAi: EngineFactory = {
  name: 'document_ai',
  create: ({ settings }) =>
    new RemoteEngine(new DocumentAiService(settings), { slots: settings.remote_slots, timeout: settings.remote_timeout }),
};
