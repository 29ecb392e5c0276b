import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Settings } from '../config/settings.js';
import { FileCache } from './file-cache.js';
import { S3DocumentStore } from './s3-document-store.js';
import { placeOf } from './s3-place.js';

/**
 * Connections to the service at a time. Each download holds one for as long as its caller takes, and what waits for one longer than a
 * connection may take fails: the SDK's 50 would let slow callers stop all work.
 */
const MOST_CONNECTIONS = 2000;

/** The document store on the bucket `storeUrl` (`s3://bucket/prefix`), reached as the `s3_*` settings say. */
export function createS3Store(settings: Settings, storeUrl: string): S3DocumentStore {
  const { s3_access_key_id: accessKeyId, s3_secret_access_key: secretAccessKey } = settings;
  const client = new S3Client({
    endpoint: settings.s3_endpoint,
    region: settings.s3_region,
    forcePathStyle: settings.s3_force_path_style,
    credentials: accessKeyId !== undefined && secretAccessKey !== undefined ? { accessKeyId, secretAccessKey } : undefined,
    // Checksums in trailers, the SDK's default, are not understood by many services other than AWS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: 60_000,
      httpAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
    },
  });
  const cache = new FileCache(join(settings.data_dir, 'cache'), settings.store_cache_mb * 1024 * 1024);
  return new S3DocumentStore(client, placeOf(storeUrl), cache);
}
