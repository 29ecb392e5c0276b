import { S3ServiceException } from '@aws-sdk/client-s3';
import { OcrError } from '../errors/ocr-error.js';
import { fileError } from './file-errors.js';

/** What services call a bucket, account or disk that is full: Ceph, MinIO, Wasabi and those that go by the HTTP status. */
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'InsufficientStorage']);

/**
 * Turns an error of the S3 client into an OcrError. A refusal (4xx: no such bucket, no permission) will be one the next time too;
 * an overloaded service (`SlowDown`, 429, 5xx), and a network that fails, may answer then. The client has tried three times already.
 */
export function s3Error(error: unknown): OcrError {
  if (!(error instanceof S3ServiceException)) return fileError(error, 'storage_failed');
  const status = error.$metadata.httpStatusCode ?? 0;
  if (FULL.has(error.name) || status === 507) return new OcrError('storage_full', { cause: error });
  if (status === 416) return new OcrError('range_not_satisfiable', { cause: error });
  const refused = status >= 400 && status < 500 && ![404, 408, 412, 429].includes(status);
  const noBucket = error.name === 'NoSuchBucket';
  const retryable = error.name === 'SlowDown' || !(refused || noBucket);
  return new OcrError('storage_failed', { retryable, cause: error });
}

/** True when the object asked for does not exist. */
export function isMissingObject(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}
