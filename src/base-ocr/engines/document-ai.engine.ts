import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import type { protos, v1 } from '@google-cloud/documentai';
import type { Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import { errorOfDocumentAi } from './document-ai/errors.js';
import { blocksOf } from './document-ai/layout.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import type { FoundBlock } from './remote/found.js';
import { languageTags } from './remote/languages.js';
import { encodePage } from './remote/page-image.js';
import { badAnswer, bare, isConnectionError, unreachable } from './remote/remote-errors.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';

type Client = v1.DocumentProcessorServiceClient;
type Process = (
  request: protos.google.cloud.documentai.v1.IProcessRequest,
  options: object,
) => Promise<[protos.google.cloud.documentai.v1.IProcessResponse]> & { cancel(): void };

/** https://cloud.google.com/document-ai/limits: 40 MB in one request, which carries the image as Base64. */
const LIMITS = { maxSide: 10_000, maxBytes: 20 * 1024 ** 2 };

type DocumentAiSettings = Pick<Settings, 'document_ai_processor' | 'document_ai_key_file' | 'document_ai_endpoint'>;

/**
 * Google Document AI through Google's client: one page a request (`processDocument`), over REST, which passes the proxies
 * that gRPC does not. The client is loaded with the first page.
 */
export class DocumentAiService implements RemoteService {
  readonly name = 'document_ai';
  readonly version = clientVersion();
  private started: Promise<Client> | undefined;

  constructor(private readonly settings: DocumentAiSettings) {}

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

  async read({ image, language, signal }: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const { png } = await encodePage(image, LIMITS);
    const client = await this.client();
    signal.throwIfAborted();
    // The public method hides the promise that can be cancelled; this is what it calls.
    const call = (client.innerApiCalls.processDocument as Process)(
      {
        name: this.settings.document_ai_processor,
        skipHumanReview: true,
        rawDocument: { content: png, mimeType: 'image/png' },
        fieldMask: { paths: ['text', 'pages.dimension', 'pages.blocks', 'pages.paragraphs', 'pages.lines', 'pages.tokens'] },
        processOptions: { ocrConfig: { hints: { languageHints: languageTags(language) } } },
      },
      // Tries are counted in one place, the job's; the engine limits the time.
      { retry: { retryCodes: [] }, maxRetries: 0, timeout: 3_600_000 },
    );
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const [{ document }] = await call;
      if (document === null || document === undefined) throw badAnswer(this.name, 'no document in it');
      return blocksOf(this.name, document, image);
    } catch (error) {
      throw errorOfDocumentAi(this.name, error);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    const client = await this.started?.catch(() => undefined);
    await client?.close();
  }

  private client(): Promise<Client> {
    this.started ??= this.start().catch((cause: unknown) => {
      this.started = undefined;
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
