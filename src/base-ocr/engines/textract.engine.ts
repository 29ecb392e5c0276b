import { createRequire } from 'node:module';
import type { TextractClient } from '@aws-sdk/client-textract';
import type { Settings } from '../../config/settings.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import type { FoundBlock } from './remote/found.js';
import { encodePage, pngOf } from './remote/page-image.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';
import { errorOfTextract } from './textract/errors.js';
import { blocksOf } from './textract/layout.js';

/** https://docs.aws.amazon.com/textract/latest/dg/limits-document.html: 10 MB and 10,000 pixels a side in one request. */
const LIMITS = { maxSide: 10_000, maxBytes: 10 * 1024 ** 2 };

type TextractSettings = Pick<
  Settings,
  'textract_region' | 'textract_access_key_id' | 'textract_secret_access_key' | 'textract_endpoint'
>;

/**
 * Amazon Textract through the AWS SDK: `DetectDocumentText`, one page a request. It takes no language; it knows those
 * of Latin script. The SDK is loaded with the first page.
 */
export class TextractService implements RemoteService {
  readonly name = 'textract';
  readonly version = (createRequire(import.meta.url)('@aws-sdk/client-textract/package.json') as { version: string }).version;
  private started: Promise<TextractClient> | undefined;

  constructor(private readonly settings: TextractSettings) {}

  get identity() {
    return [this.settings.textract_region, this.settings.textract_endpoint];
  }

  problem(): EngineProblem | undefined {
    return unset(this.settings, 'textract_region');
  }

  async read({ image, signal }: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const png = pngOf(await encodePage(image, LIMITS));
    const { DetectDocumentTextCommand } = await import('@aws-sdk/client-textract');
    const client = await this.client();
    try {
      const command = new DetectDocumentTextCommand({ Document: { Bytes: png } });
      const { Blocks } = await client.send(command, { abortSignal: signal });
      return blocksOf(this.name, Blocks, image);
    } catch (error) {
      throw errorOfTextract(this.name, error);
    }
  }

  async close(): Promise<void> {
    (await this.started)?.destroy();
  }

  private client(): Promise<TextractClient> {
    this.started ??= this.start();
    return this.started;
  }

  private async start(): Promise<TextractClient> {
    const { TextractClient: Client } = await import('@aws-sdk/client-textract');
    const {
      textract_region: region,
      textract_endpoint: endpoint,
      textract_access_key_id: accessKeyId,
      textract_secret_access_key: secretAccessKey,
    } = this.settings;
    return new Client({
      region,
      // Tries are counted in one place, the job's.
      maxAttempts: 1,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(accessKeyId === undefined || secretAccessKey === undefined ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    });
  }
}

export const textract: EngineFactory = {
  name: 'textract',
  create: ({ settings }) =>
    new RemoteEngine(new TextractService(settings), { slots: settings.remote_slots, timeout: settings.remote_timeout }),
};
