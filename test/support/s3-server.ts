import S3rver from 's3rver';
import FilesystemStore, { type Listing } from 's3rver/lib/stores/filesystem.js';

/** An S3 server for tests, on loopback, with one bucket: `documents`. To be run, then closed. */
export function s3Server(directory: string): S3rver {
  const configureBuckets = [{ name: 'documents', configs: [] }];
  return new S3rver({ port: 0, address: '127.0.0.1', directory, silent: true, configureBuckets });
}

// The package tells of common prefixes only where an object lies directly below them; S3 tells of all.
const list = FilesystemStore.prototype.listObjects;
FilesystemStore.prototype.listObjects = async function (bucket, options): Promise<Listing> {
  const { delimiter, prefix = '' } = options;
  if (delimiter === undefined) return list.call(this, bucket, options);
  const all = await list.call(this, bucket, { ...options, delimiter: undefined, maxKeys: Infinity });
  const endOf = (key: string) => key.indexOf(delimiter, prefix.length) + 1;
  const below = all.objects.filter(({ key }) => endOf(key) > 0).map(({ key }) => key.slice(0, endOf(key)));
  const objects = all.objects.filter(({ key }) => endOf(key) === 0);
  return { objects, commonPrefixes: [...new Set(below)].sort(), isTruncated: false };
};
