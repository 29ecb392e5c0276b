import type { protos } from '@google-cloud/documentai';
import { Logger } from '@nestjs/common';
import type { Settings } from '../../../config/settings.js';
import { OcrError } from '../../../errors/ocr-error.js';
import { readBatch } from './batch.js';
import { BucketFolder } from './bucket.js';
import { within } from './calls.js';
import type { Client } from './client.js';
import type { PagesFile } from './pages-file.js';
import type { Patience } from './patience.js';

type Document = protos.google.cloud.documentai.v1.IDocument;
type Options = protos.google.cloud.documentai.v1.IProcessOptions;

export type BatchSettings = Pick<
  Settings,
  | 'document_ai_processor'
  | 'document_ai_bucket'
  | 'document_ai_storage_endpoint'
  | 'document_ai_batch_pages'
  | 'document_ai_batch_timeout'
>;

const STORAGE = 'https://storage.googleapis.com';

/** Batches of this node: when one is made, and where it goes. After one has failed, none are made for a while. */
export class Batches {
  private readonly logger = new Logger('DocumentAi');
  /** By performance.now(). */
  private restUntil = 0;

  /** @param name API name of the provider */
  constructor(
    private readonly name: string,
    private readonly settings: BatchSettings,
    private readonly patience: Patience,
  ) {}

  /** Whether any are made here. */
  get possible(): boolean {
    return this.settings.document_ai_bucket !== undefined;
  }

  /** Whether so many waiting pages make a batch now. */
  takes(waiting: number): boolean {
    return this.possible && waiting >= this.settings.document_ai_batch_pages && performance.now() >= this.restUntil;
  }

  /**
   * Has the pages read in one batch. @throws OcrError: `engine_failed` when they are to go in smaller requests; or the signal's reason
   */
  async read(
    client: Client,
    pages: PagesFile,
    fieldMask: readonly string[],
    processOptions: Options,
    signal: AbortSignal,
  ): Promise<Document[]> {
    const { document_ai_bucket: uri, document_ai_storage_endpoint: endpoint = STORAGE, document_ai_processor } = this.settings;
    const send = (url: string, request: object) => client.auth.fetch(url, request);
    const bucket = new BucketFolder(this.name, uri!, endpoint, send, this.patience.pauses);
    const terms = { processor: document_ai_processor!, fieldMask, processOptions };
    try {
      return await within(this.name, this.settings.document_ai_batch_timeout, signal, (limited) =>
        readBatch(client, bucket, pages, terms, this.patience, limited),
      );
    } catch (error) {
      if (error instanceof OcrError && error.code === 'engine_failed' && !signal.aborted) this.rest(error);
      throw error;
    }
  }

  private rest(error: OcrError): void {
    const { rest } = this.patience;
    // One that failed beside another is told of with it.
    if (performance.now() >= this.restUntil)
      this.logger.warn({ message: `a batch failed; ${this.name} gets none for ${rest} s, but single requests`, error });
    this.restUntil = performance.now() + rest * 1000;
  }
}
