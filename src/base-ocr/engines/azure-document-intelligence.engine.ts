import { setTimeout as wait } from 'node:timers/promises';
import type { AnalyzeResultOutput, DocumentIntelligenceClient } from '@azure-rest/ai-document-intelligence';
import type { Settings } from '../../config/settings.js';
import { OcrError } from '../../errors/ocr-error.js';
import { retryAfterSeconds } from '../../errors/retry-after.js';
import { errorOfAnswer, errorOfAzure, type Answer } from './azure-document-intelligence/errors.js';
import { blocksOf } from './azure-document-intelligence/layout.js';
import type { EngineFactory } from './engine-factory.js';
import type { EngineProblem, RecogniseRequest } from './ocr-engine.js';
import type { FoundBlock } from './remote/found.js';
import { languageTags } from './remote/languages.js';
import { encodePage, pngOf } from './remote/page-image.js';
import { PAUSES, persistently, waitedOut } from './remote/persistently.js';
import { badAnswer, errorOfStatus } from './remote/remote-errors.js';
import { RemoteEngine, unset, type RemoteService } from './remote/remote-engine.js';

/** Version of the REST API the client speaks. */
const API_VERSION = '2024-11-30';
/** Azure's general reader: text with places, no fields. */
const MODEL = 'prebuilt-read';
/** https://learn.microsoft.com/azure/ai-services/document-intelligence/service-limits; 4 MB is what the free tier takes. */
const LIMITS = { maxSide: 10_000, maxBytes: 50 * 1024 ** 2 };
/** Seconds between two looks at an unfinished analysis when the service names no time. */
const POLL_INTERVAL = 1;

type AzureSettings = Pick<Settings, 'azure_document_endpoint' | 'azure_document_key'>;

/**
 * Azure AI Document Intelligence through Microsoft's client: one page an analysis, which is started and then asked for
 * until it is done, as often as the service allows. The client is loaded with the first page.
 */
export class AzureDocumentIntelligenceService implements RemoteService {
  readonly name = 'azure_document_intelligence';
  readonly version = API_VERSION;
  private started:
    Promise<typeof import('@azure-rest/ai-document-intelligence') & { client: DocumentIntelligenceClient }> | undefined;

  /** @param pauses seconds before an answer that did not come is asked for once more */
  constructor(
    private readonly settings: AzureSettings,
    private readonly pauses = PAUSES,
  ) {}

  get identity() {
    return [this.settings.azure_document_endpoint];
  }

  problem(): EngineProblem | undefined {
    return unset(this.settings, 'azure_document_endpoint', 'azure_document_key');
  }

  async read({ image, language, signal }: RecogniseRequest): Promise<readonly FoundBlock[]> {
    const page = await encodePage(image, LIMITS);
    const { width, height } = page;
    const png = pngOf(page);
    try {
      const result = await this.analyse(png, languageTags(language), signal);
      return blocksOf(this.name, result, { width, height }, image);
    } catch (error) {
      throw errorOfAzure(this.name, error);
    }
  }

  /** The client's connections are shared and idle ones end by themselves. */
  async close(): Promise<void> {}

  private async analyse(png: Buffer, languages: string[], abortSignal: AbortSignal): Promise<AnalyzeResultOutput> {
    const { client, isUnexpected, parseResultIdFromResponse } = await this.start();
    const begun = await client.path('/documentModels/{modelId}:analyze', MODEL).post({
      contentType: 'application/octet-stream',
      body: png,
      // A hint for one language only; several are best left to the service.
      queryParameters: languages.length === 1 ? { locale: languages[0] } : {},
      abortSignal,
    });
    if (isUnexpected(begun)) throw errorOfAnswer(this.name, begun);
    if (begun.headers['operation-location'] === undefined) throw badAnswer(this.name, 'it does not say where the result will be');
    const resultId = parseResultIdFromResponse(begun);
    for (let answer: Answer = begun; ;) {
      const pause = retryAfterSeconds(answer.headers['retry-after']) ?? POLL_INTERVAL;
      await wait(pause * 1000, undefined, { signal: abortSignal });
      const polled = await this.poll(resultId, abortSignal);
      answer = polled;
      if (polled.status === '429') continue;
      const { status, analyzeResult, error } = polled.body ?? {};
      if (status === 'succeeded' && analyzeResult !== undefined) return analyzeResult;
      if (status === 'failed' || status === 'canceled') throw errorOfStatus(this.name, 500, { message: error?.message });
      if (status !== 'running' && status !== 'notStarted') throw badAnswer(this.name, 'an analysis in no known state');
    }
  }

  /**
   * Looks at an analysis; again, for a while, when that fails: it is paid for, and another would be paid for anew.
   * @returns the analysis, or that it is asked for too often
   */
  private async poll(resultId: string, abortSignal: AbortSignal) {
    const { client, isUnexpected } = await this.start();
    const once = async () => {
      try {
        const polled = await client
          .path('/documentModels/{modelId}/analyzeResults/{resultId}', MODEL, resultId)
          .get({ abortSignal });
        if (polled.status === '429') return { ...polled, status: '429', body: undefined } as const;
        if (isUnexpected(polled)) throw errorOfAnswer(this.name, polled);
        return polled;
      } catch (error) {
        throw errorOfAzure(this.name, error);
      }
    };
    try {
      return await persistently(this.pauses, abortSignal, once);
    } catch (error) {
      throw error instanceof OcrError ? waitedOut(error) : error;
    }
  }

  private start() {
    this.started ??= this.load();
    return this.started;
  }

  private async load() {
    const api = await import('@azure-rest/ai-document-intelligence');
    const { azure_document_endpoint: endpoint = '', azure_document_key: key = '' } = this.settings;
    const client = api.default(
      endpoint.replace(/\/+$/, ''),
      { key },
      {
        apiVersion: API_VERSION,
        // Tries are counted in one place, the job's.
        retryOptions: { maxRetries: 0 },
        // Only where the operator wrote an address without TLS.
        allowInsecureConnection: endpoint.startsWith('http:'),
      },
    );
    return { ...api, client };
  }
}

export const azureDocumentIntelligence: EngineFactory = {
  name: 'azure_document_intelligence',
  create: ({ settings }) =>
    new RemoteEngine(new AzureDocumentIntelligenceService(settings), {
      slots: settings.remote_slots,
      timeout: settings.remote_timeout,
    }),
};
