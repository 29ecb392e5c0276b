import { Injectable } from '@nestjs/common';
import { sniffKind } from '../../document/sniff.js';
import { OcrError } from '../../errors/ocr-error.js';
import { QueueManager, type Submission, type Submitted } from '../../queue-manager/queue-manager.js';
import { InputResolver } from '../../storage/input-resolver.js';
import type { TaskSource } from '../../task-manager/task.types.js';
import type { SubmitRequest, UploadRequest } from '../requests/submit-request.js';
import { documentName, documentNameOfUrl } from './document-name.js';
import { OptionRules } from './option-rules.js';

/** A document that is in the store already, under the task id it will get. */
export interface Upload {
  taskId: string;
  name: string;
  source: Extract<TaskSource, { kind: 'upload' }>;
}

/** What became of a document that was handed in. */
export interface Accepted extends Submitted {
  /** The provider asked for, where another one stands in for it; of a task that was made before, the task knows. */
  requestedProvider?: string;
}

/** Judges what callers hand in, fills in the defaults, and gives it to the queue. */
@Injectable()
export class Submissions {
  constructor(
    private readonly queue: QueueManager,
    private readonly input: InputResolver,
    private readonly rules: OptionRules,
  ) {}

  /**
   * Hands in a document by path or address.
   * @throws OcrError path_not_allowed, url_not_allowed, document_not_found, document_too_large, unsupported_document,
   *   damaged_document (empty), output_not_allowed, delivery_failed, provider_not_available, language_not_available, queue_full,
   *   idempotency_key_reused
   */
  async submitPlace(request: SubmitRequest, idempotencyKey: string | undefined): Promise<Accepted> {
    const idempotency = idempotencyOf(idempotencyKey, { route: 'tasks', ...request });
    // A repeated request gets its task also when its document has gone in the meantime.
    const earlier = await this.earlier(idempotency);
    if (earlier !== undefined) return earlier;
    return this.queueOne({ ...(await this.judge(request)), idempotency });
  }

  /** What a request asks for, once everything that can be known now is found good. @throws as {@link submitPlace} */
  async judge(request: SubmitRequest): Promise<Submission> {
    return { ...(await this.accept(request)), ...(await this.placeOf(request)) };
  }

  /** Hands in an uploaded document. @throws as {@link submitPlace} */
  async submitUpload(request: UploadRequest, upload: Upload, idempotencyKey: string | undefined): Promise<Accepted> {
    const idempotency = idempotencyOf(idempotencyKey, { route: 'upload', sha256: upload.source.sha256, ...request });
    // Or when what it asks for would be refused by now.
    const earlier = await this.earlier(idempotency);
    if (earlier !== undefined) return earlier;
    return this.queueOne({ ...(await this.accept(request)), ...upload, idempotency });
  }

  private async queueOne(submission: Submission): Promise<Accepted> {
    const submitted = await this.queue.submit(submission);
    return submitted.created ? { ...submitted, requestedProvider: submission.options.requested_provider } : submitted;
  }

  /** @throws OcrError idempotency_key_reused */
  private async earlier(idempotency: { key: string; request: object } | undefined): Promise<Submitted | undefined> {
    const taskId = idempotency && (await this.queue.findByIdempotencyKey(idempotency.key, idempotency.request));
    return taskId === undefined ? undefined : { taskId, created: false };
  }

  private async placeOf(request: SubmitRequest): Promise<{ name: string; source: TaskSource }> {
    const { document_path: path, document_url: url } = request;
    if (path !== undefined) {
      await sniffKind(await this.input.checkPath(path));
      return { name: documentName(path), source: { kind: 'path', path } };
    }
    if (url === undefined) throw new OcrError('invalid_request');
    await this.input.checkUrl(url);
    return { name: documentNameOfUrl(url), source: { kind: 'url', url } };
  }

  /** What does not depend on where the document is. */
  private async accept(request: UploadRequest): Promise<Omit<Submission, 'name' | 'source'>> {
    const { priority = 'NORMAL', metadata = {}, tenant } = request;
    return { ...(await this.rules.forNewTask(request.options ?? {})), priority, metadata, tenant };
  }
}

function idempotencyOf(key: string | undefined, request: object): { key: string; request: object } | undefined {
  return key === undefined ? undefined : { key, request };
}
