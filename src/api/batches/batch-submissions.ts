import { Injectable } from '@nestjs/common';
import { OcrError, type FieldError } from '../../errors/ocr-error.js';
import type { Batch, Idempotency } from '../../queue-manager/idempotency.js';
import { QueueManager, type Submission } from '../../queue-manager/queue-manager.js';
import { inParallel } from '../../threads/in-parallel.js';
import type { BatchItemDto } from '../dto/batch.dto.js';
import { toProblem } from '../http/problem.js';
import { submitSchema, type BatchRequest } from '../requests/submit-request.js';
import { validate } from '../requests/validate.js';
import { Submissions } from '../tasks/submissions.js';

/** Documents judged at the same time: most of it is waiting for the file system and for name servers. */
const PARALLEL = 16;

/** What became of a batch, document by document. */
export interface BatchOutcome {
  batchId: string;
  tasks: BatchItemDto[];
  /** False when the idempotency key had made it before. */
  created: boolean;
}

/** Hands in many documents at once. */
@Injectable()
export class BatchSubmissions {
  constructor(
    private readonly queue: QueueManager,
    private readonly submissions: Submissions,
  ) {}

  /**
   * Queues the good documents of a batch in one transaction and tells what is wrong with the others; with `atomic`, or when
   * none is good, nothing is queued then.
   * @param path of the call, for the problems of single documents
   * @throws OcrError batch_refused with the errors of every document, queue_full, idempotency_key_reused
   */
  async submit({ atomic, documents }: BatchRequest, path: string, key: string | undefined): Promise<BatchOutcome> {
    const idempotency: Idempotency | undefined = key === undefined ? undefined : { key, request: ['batch', atomic, documents] };
    const earlier = idempotency && (await this.queue.findBatchByIdempotencyKey(idempotency.key, idempotency.request));
    if (earlier !== undefined) return toOutcome(earlier, false);

    const judged = await inParallel(documents, PARALLEL, (document) => this.judge(document));
    const submissions = judged.filter((one): one is Submission => !(one instanceof OcrError));
    if (submissions.length === 0 || (atomic && submissions.length < judged.length)) throw refusal(judged);
    const note: Note = judged.map((one) => (one instanceof OcrError ? toProblem(one, { path }) : standInOf(one)));
    const { created, ...batch } = await this.queue.submitBatch({ submissions, idempotency, note });
    return toOutcome(batch, created);
  }

  /** What is the caller's fault belongs to the document; what is ours, to the whole call. */
  private async judge(document: unknown): Promise<Submission | OcrError> {
    try {
      return await this.submissions.judge(validate(submitSchema, document));
    } catch (error) {
      if (error instanceof OcrError && error.info.status < 500) return error;
      throw error;
    }
  }
}

/** Of a document whose provider the default one stands in for. */
type StandIn = Required<Pick<BatchItemDto, 'requested_provider'>>;

/** For each document of the request: why it was refused, or what else there is to say of it, or null. */
type Note = (BatchItemDto['error'] | StandIn)[];

function standInOf({ options: { requested_provider } }: Submission): StandIn | null {
  return requested_provider === undefined ? null : { requested_provider };
}

function toOutcome({ batchId, taskIds, note }: Batch, created: boolean): BatchOutcome {
  const ids = taskIds.values();
  const tasks = (note as Note).map((said, index): BatchItemDto => {
    if (said == null || 'requested_provider' in said) return { index, task_id: ids.next().value, ...said };
    return { index, error: said };
  });
  return { batchId, tasks, created };
}

function refusal(judged: readonly (Submission | OcrError)[]): OcrError {
  const fields = judged.flatMap((one, index) => (one instanceof OcrError ? fieldsOf(one, `documents.${index}`) : []));
  const refused = judged.filter((one) => one instanceof OcrError).length;
  return new OcrError('batch_refused', { detail: `${refused} of ${judged.length} documents were refused.`, fields });
}

function fieldsOf({ code, message, fields }: OcrError, document: string): FieldError[] {
  if (fields === undefined || fields.length === 0) return [{ field: document, message, code }];
  return fields.map((each) => ({ ...each, field: each.field === '' ? document : `${document}.${each.field}`, code }));
}
