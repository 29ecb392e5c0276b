import { randomUUID } from 'node:crypto';
import type { protos } from '@google-cloud/documentai';
import { Logger } from '@nestjs/common';
import { OcrError } from '../../../errors/ocr-error.js';
import { waitedOut } from '../remote/persistently.js';
import { badAnswer } from '../remote/remote-errors.js';
import { BatchOperation } from './batch-operation.js';
import type { BucketFolder } from './bucket.js';
import type { Client } from './client.js';
import type { PagesFile } from './pages-file.js';
import type { Patience } from './patience.js';

type Document = protos.google.cloud.documentai.v1.IDocument;

const logger = new Logger('DocumentAi');

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
 * files. Nothing of it stays in the bucket, unless this process ends on the way, the bucket does not let go of it, or Document AI writes on
 * for long after it was cancelled.
 * @param pages the PDF
 * @returns the documents of the answer, in the order of the pages
 * @throws OcrError, or what the client throws; when the signal is aborted, the batch is cancelled
 */
export async function readBatch(
  client: Client,
  bucket: BucketFolder,
  pages: PagesFile,
  { processor, fieldMask, processOptions }: BatchTerms,
  patience: Patience,
  signal: AbortSignal,
): Promise<Document[]> {
  const folder = randomUUID();
  const operation = new BatchOperation(client, bucket.provider, patience);
  try {
    await bucket.upload(`${folder}/pages.pdf`, 'application/pdf', await pages.size(), () => pages.stream(), signal);
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

async function answerOf(bucket: BucketFolder, folder: string, signal: AbortSignal): Promise<Document[]> {
  const files = (await bucket.list(folder, signal)).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw badAnswer(bucket.provider, 'no file in it');
  const documents: Document[] = [];
  for (const file of files) documents.push((await bucket.read(file, signal)) as Document);
  return documents.sort((a, b) => Number(a.shardInfo?.shardIndex ?? 0) - Number(b.shardInfo?.shardIndex ?? 0));
}

/** Takes everything of a batch out of the bucket. What fails here is told, and left to the bucket's own rules: the pages do not suffer from it. */
async function clear(bucket: BucketFolder, folder: string): Promise<void> {
  const signal = AbortSignal.timeout(CLEAR_TIMEOUT);
  try {
    const files = await bucket.list(folder, signal);
    const outcomes = await Promise.allSettled(files.map((file) => bucket.remove(file, signal)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } catch (error) {
    logger.warn({ message: `${bucket.addressOf(folder)} could not be cleared of a batch's pages`, error });
  }
}
