import { randomUUID } from 'node:crypto';
import type { protos, v1 } from '@google-cloud/documentai';
import { OcrError } from '../../../errors/ocr-error.js';
import { badAnswer } from '../remote/remote-errors.js';
import { BatchOperation } from './batch-operation.js';
import type { BucketFolder } from './bucket.js';
import { LONGEST_PAUSE, type Patience } from './patience.js';

type Client = v1.DocumentProcessorServiceClient;
type Document = protos.google.cloud.documentai.v1.IDocument;

/** Pages in each of the files an answer comes in, so that none is too large to be parsed at once. */
const PAGES_A_FILE = 50;
/** Milliseconds the clearing away of a batch may take. */
const CLEAR_TIMEOUT = 30_000;

/** What a batch goes with beside its pages. */
export interface BatchTerms {
  readonly processor: string;
  readonly fieldMask: readonly string[];
  readonly processOptions: protos.google.cloud.documentai.v1.IProcessOptions;
}

/**
 * Has a PDF of pages read as a batch (`batchProcessDocuments`): it goes into the bucket, and what was read comes back there as JSON
 * files. Nothing of it stays in the bucket, unless this process ends on the way.
 * @param file path of the PDF
 * @returns the documents of the answer, in the order of the pages
 * @throws OcrError, or what the client throws; when the signal is aborted, the batch is cancelled
 */
export async function readBatch(
  client: Client,
  bucket: BucketFolder,
  file: string,
  { processor, fieldMask, processOptions }: BatchTerms,
  patience: Patience,
  signal: AbortSignal,
): Promise<Document[]> {
  const folder = randomUUID();
  const operation = new BatchOperation(client, bucket.provider, patience);
  try {
    await bucket.upload(`${folder}/pages.pdf`, file, 'application/pdf', signal);
    const documents = [{ gcsUri: bucket.addressOf(`${folder}/pages.pdf`), mimeType: 'application/pdf' }];
    const gcsOutputConfig = {
      gcsUri: bucket.addressOf(`${folder}/read/`),
      fieldMask: { paths: [...fieldMask, 'shardInfo'] },
      shardingConfig: { pagesPerShard: PAGES_A_FILE },
    };
    const request = {
      name: processor,
      skipHumanReview: true,
      inputDocuments: { gcsDocuments: { documents } },
      documentOutputConfig: { gcsOutputConfig },
      processOptions,
    };
    await operation.start(request, signal);
    await operation.end(signal);
    return await answerOf(bucket, `${folder}/read/`, signal);
  } catch (error) {
    throw error instanceof OcrError ? waitedOut(error) : error;
  } finally {
    await operation.abandon();
    await clear(bucket, `${folder}/`);
  }
}

/** Short times to wait have been waited out: without one, the pages are given back instead of being sent again at once. */
function waitedOut({ code, message: detail, retryable, retryAfter = 0, cause }: OcrError): OcrError {
  return new OcrError(code, { detail, retryable, retryAfter: retryAfter > LONGEST_PAUSE ? retryAfter : undefined, cause });
}

async function answerOf(bucket: BucketFolder, folder: string, signal: AbortSignal): Promise<Document[]> {
  const files = (await bucket.list(folder, signal)).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw badAnswer(bucket.provider, 'no file in it');
  const documents: Document[] = [];
  for (const file of files) documents.push((await bucket.read(file, signal)) as Document);
  return documents.sort((a, b) => Number(a.shardInfo?.shardIndex ?? 0) - Number(b.shardInfo?.shardIndex ?? 0));
}

/** Takes everything of a batch out of the bucket. What fails here is left to the bucket's own rules. */
async function clear(bucket: BucketFolder, folder: string): Promise<void> {
  const signal = AbortSignal.timeout(CLEAR_TIMEOUT);
  try {
    for (const file of await bucket.list(folder, signal)) await bucket.remove(file, signal);
  } catch {
    // The pages have been read, or why not is told already.
  }
}
