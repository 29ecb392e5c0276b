import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3ServiceException,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { S3Place } from './s3-place.js';

/** Milliseconds after which an upload that is still unfinished belongs to a process that crashed. */
const ABANDONED_AGE = 24 * 3600 * 1000;

/** Removes the parts of uploads that were begun long ago and never finished; they cost room and are not to be seen otherwise. */
export async function abortOldUploads(client: S3Client, place: S3Place, now: number): Promise<void> {
  let answer: ListMultipartUploadsCommandOutput | undefined;
  do {
    const next = { KeyMarker: answer?.NextKeyMarker, UploadIdMarker: answer?.NextUploadIdMarker };
    const question = new ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: place.folder, ...next });
    try {
      answer = await client.send(question);
    } catch (error) {
      // Some services have no such list; they clean up by themselves.
      if (error instanceof S3ServiceException && error.name === 'NotImplemented') return;
      throw error;
    }
    for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
      if (Initiated === undefined || Initiated.getTime() >= now - ABANDONED_AGE) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: place.bucket, Key, UploadId }));
    }
  } while (answer.IsTruncated === true);
}
