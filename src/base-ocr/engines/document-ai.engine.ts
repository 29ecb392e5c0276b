import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { protos } from '@google-cloud/documentai';
import type { Settings } from '../../config/settings.js';
import { Batches, type BatchSettings } from './document-ai/batches.js';
import { answerTo, ONCE, within, type Call } from './document-ai/calls.js';
import { startClient, type Client, type ClientSettings } from './document-ai/client.js';
import { errorOfDocumentAi } from './document-ai/errors.js';
import { blocksOf } from './document-ai/layout.js';
import { PagesFile } from './document-ai/pages-file.js';
import { PATIENCE, type Patience } from './document-ai/patience.js';
import type { AskedPage } from './document-ai/transforms.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import type { FoundBlock } from './remote/found.js';
import { languageTags } from './remote/languages.js';
import { PageGroups, type ReadTogether } from './remote/page-groups.js';
import { encodePage, pngOf } from './remote/page-image.js';
import { badAnswer } from './remote/remote-errors.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';

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
const FIELDS = ['text', 'pages.dimension', 'pages.transforms', 'pages.blocks', 'pages.paragraphs', 'pages.lines', 'pages.tokens'];

/** How boxes are told: readings remembered from before they were brought back from turned pages are not taken. */
const PLACES = 'on the page as sent';

/** Milliseconds requests may take to end when the engine is closed: batches are cancelled, and cleared away. Less than a stop may take. */
const FAREWELL_MS = 10_000;

type DocumentAiSettings = ClientSettings & BatchSettings & Pick<Settings, 'data_dir' | 'remote_slots' | 'remote_timeout'>;

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
  private readonly batches: Batches;

  constructor(
    private readonly settings: DocumentAiSettings,
    patience: Patience = PATIENCE,
  ) {
    this.batches = new Batches(this.name, settings, patience);
    this.pagesARequest = this.batches.possible ? MOST_BATCH_PAGES : MOST_PAGES;
    this.groups = new PageGroups(this.readTogether, {
      slots: settings.remote_slots,
      share: (waiting, free) =>
        this.batches.takes(waiting) ? Math.min(waiting, MOST_BATCH_PAGES) : Math.min(Math.ceil(waiting / free), MOST_PAGES),
      smaller: (failed) => (failed > MOST_PAGES ? MOST_PAGES : 1),
    });
  }

  get identity() {
    return [this.settings.document_ai_processor, this.settings.document_ai_endpoint, PLACES];
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

  private readonly readTogether: ReadTogether = async (requests, signal, take) => {
    const client = await this.client();
    const { language } = requests[0]!;
    const options: Options = { ocrConfig: { hints: { languageHints: languageTags(language) } } };
    if (requests.length === 1) {
      const [{ image }] = requests as [RecogniseRequest];
      const sent = await encodePage(image, LIMITS);
      return this.blocks([{ image, sent }], this.processed(client, pngOf(sent), 'image/png', options, signal));
    }
    const isBatch = requests.length > MOST_PAGES;
    const file = await PagesFile.create(join(this.settings.data_dir, 'work'));
    try {
      const taken = await fill(file, requests, isBatch ? MOST_BATCH_BYTES : LIMITS.maxBytes, signal);
      take(taken);
      const documents = isBatch
        ? this.batches.read(client, file, FIELDS, options, signal)
        : this.processed(client, await file.content(), 'application/pdf', options, signal);
      return await this.blocks(
        requests.slice(0, taken).map(({ image }) => ({ image })),
        documents,
      );
    } finally {
      await file.close();
    }
  };

  /** What stands on the pages. @throws OcrErrors alone */
  private async blocks(asked: readonly AskedPage[], documents: Promise<readonly Document[]>): Promise<FoundBlock[][]> {
    try {
      return blocksOf(this.name, await documents, asked);
    } catch (error) {
      throw errorOfDocumentAi(this.name, error);
    }
  }

  /** Has pages read while the service is waited for. */
  private async processed(
    client: Client,
    content: Buffer,
    mimeType: string,
    processOptions: Options,
    signal: AbortSignal,
  ): Promise<Document[]> {
    signal.throwIfAborted();
    const call = (client.innerApiCalls.processDocument as Process)(
      {
        name: this.settings.document_ai_processor,
        skipHumanReview: true,
        rawDocument: { content, mimeType },
        fieldMask: { paths: FIELDS },
        processOptions,
      },
      ONCE,
    );
    const { document } = await within(this.name, this.settings.remote_timeout, signal, (limited) => answerTo(call, limited));
    if (document === null || document === undefined) throw badAnswer(this.name, 'no document in it');
    return [document];
  }

  async close(): Promise<void> {
    await this.groups.ended(FAREWELL_MS);
    const client = await this.started?.catch(() => undefined);
    await client?.close();
  }

  private client(): Promise<Client> {
    this.started ??= startClient(this.name, this.settings).catch((error: unknown) => {
      this.started = undefined;
      throw error;
    });
    return this.started;
  }
}

/** Fills the file with as many of the first pages as so many bytes take, and at least one. Tells how many. */
async function fill(
  file: PagesFile,
  requests: readonly RecogniseRequest[],
  mostBytes: number,
  signal: AbortSignal,
): Promise<number> {
  let bytes = 0;
  let taken = 0;
  for (const { image } of requests) {
    signal.throwIfAborted();
    const page = await encodePage(image, LIMITS);
    bytes += page.rows.length;
    if (bytes > mostBytes && taken > 0) break;
    await file.add(page);
    taken += 1;
  }
  await file.end();
  return taken;
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
