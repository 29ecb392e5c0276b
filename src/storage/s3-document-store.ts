import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type GetObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { OcrError } from '../errors/ocr-error.js';
import { assertRange } from './byte-range.js';
import type { ByteRange, DocumentStore, StoredArtifact } from './document-store.js';
import type { FileCache } from './file-cache.js';
import { MeasuredBody, type BodyLimits } from './measured-body.js';
import { abortOldUploads } from './s3-abandoned-uploads.js';
import { isMissingObject, s3Error } from './s3-errors.js';
import type { S3Place } from './s3-place.js';
import { assertKey, assertPrefix } from './store-key.js';
import { readWhole } from './whole-file.js';

/** Bytes sent in one part, and so held in memory by one upload. */
const PART_SIZE = 8 * 1024 * 1024;

/** S3 takes no more parts than this for one object. */
const MAX_PARTS = 10_000;

/**
 * The DocumentStore on an S3-compatible bucket. Large artifacts go up in parts, one at a time; the bucket shows an object only when
 * all of it is there, and parts of an upload that failed are removed.
 */
export class S3DocumentStore implements DocumentStore {
  /** @param client becomes the store's own: `close` ends it. */
  constructor(
    private readonly client: S3Client,
    private readonly place: S3Place,
    private readonly cache: FileCache,
  ) {}

  /** An error of `body` itself passes through unchanged. */
  async put(key: string, body: Readable | Uint8Array, options: BodyLimits = {}): Promise<StoredArtifact> {
    const measured = new MeasuredBody(body, options);
    try {
      assertKey(key);
      await this.upload(key, measured, options.maxBytes);
    } catch (error) {
      measured.discard();
      throw error;
    }
    return { key, size: measured.size, sha256: measured.digest() };
  }

  async putFile(key: string, path: string): Promise<StoredArtifact> {
    const stored = await this.put(key, readWhole(path)).catch((error: unknown) => {
      throw s3Error(error);
    });
    await rm(path, { force: true });
    return stored;
  }

  async stat(key: string): Promise<{ size: number; modified: Date } | null> {
    const head = await this.head(key);
    return head === null ? null : { size: head.size, modified: head.modified };
  }

  async read(key: string): Promise<Buffer> {
    const body = await this.get(key);
    return storing(async () => Buffer.concat(await body.toArray()));
  }

  async stream(key: string, range?: ByteRange): Promise<Readable> {
    assertRange(range, Infinity);
    return this.get(key, range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` });
  }

  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    const head = await this.head(key);
    if (head === null) throw new OcrError('storage_failed', { cause: new Error(`no such key: ${key}`) });
    const load = async (path: string) => {
      // Should it have been replaced since it was looked at, the bucket says so rather than give other bytes.
      await pipeline(await this.get(key, { IfMatch: head.etag }), createWriteStream(path));
    };
    return this.cache.use(`${key} ${head.etag}`, head.size, load, use);
  }

  async deletePrefix(prefix: string): Promise<void> {
    assertPrefix(prefix);
    if (prefix === '')
      throw new OcrError('storage_failed', { retryable: false, cause: new Error('would delete the whole store') });
    await storing(async () => {
      for await (const objects of this.pages(prefix)) {
        const answer = await this.client.send(
          new DeleteObjectsCommand({
            Bucket: this.place.bucket,
            Delete: { Objects: objects.map((Key) => ({ Key })), Quiet: true },
          }),
        );
        const [first] = answer.Errors ?? [];
        if (first !== undefined) throw new Error(`${first.Key} could not be deleted: ${first.Code} ${first.Message}`);
      }
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    assertPrefix(prefix);
    try {
      for await (const objects of this.pages(prefix)) {
        for (const object of objects) yield object.slice(this.place.folder.length);
      }
    } catch (error) {
      throw s3Error(error);
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    assertPrefix(prefix);
    const query = { Bucket: this.place.bucket, Prefix: this.place.folder + prefix, Delimiter: '/' };
    try {
      for await (const page of paginateListObjectsV2({ client: this.client }, query)) {
        for (const { Prefix } of page.CommonPrefixes ?? []) {
          if (Prefix !== undefined) yield Prefix.slice(this.place.folder.length);
        }
      }
    } catch (error) {
      throw s3Error(error);
    }
  }

  /** Writes and removes a small object, under a name no key can have. */
  async check(): Promise<void> {
    const object = { Bucket: this.place.bucket, Key: `${this.place.folder}.check-${randomUUID()}` };
    await storing(async () => {
      await this.client.send(new PutObjectCommand({ ...object, Body: 'check' }));
      await this.client.send(new DeleteObjectCommand(object));
    });
  }

  /** Removes what crashed processes left: parts of uploads in the bucket, cached copies on this machine. */
  async tidy(now: number = Date.now()): Promise<void> {
    await storing(async () => {
      await this.cache.tidy(now);
      await abortOldUploads(this.client, this.place, now);
    });
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.cache.close();
  }

  /** Uploads one part after the other: the first failure stops the reading, and two parts are the most that memory holds. */
  private async upload(key: string, measured: MeasuredBody, maxBytes = 0): Promise<void> {
    const failure: { ofBody?: unknown } = {};
    const watched = async function* () {
      try {
        yield* measured;
      } catch (error) {
        failure.ofBody = error;
        throw error;
      }
    };
    const upload = new Upload({
      client: this.client,
      queueSize: 1,
      partSize: Math.max(PART_SIZE, Math.ceil(maxBytes / MAX_PARTS)),
      params: { ...this.object(key), Body: Readable.from(watched(), { objectMode: false }) },
    });
    try {
      await upload.done();
    } catch (error) {
      throw 'ofBody' in failure ? failure.ofBody : s3Error(error);
    }
  }

  private async get(key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Readable> {
    assertKey(key);
    return storing(async () => {
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.object(key), ...more }));
      if (!(Body instanceof Readable)) throw new Error('the answer has no body');
      return Body;
    });
  }

  private async head(key: string): Promise<{ size: number; modified: Date; etag: string } | null> {
    assertKey(key);
    try {
      const head = await this.client.send(new HeadObjectCommand(this.object(key)));
      return { size: head.ContentLength ?? 0, modified: head.LastModified ?? new Date(0), etag: head.ETag ?? '' };
    } catch (error) {
      if (isMissingObject(error)) return null;
      throw s3Error(error);
    }
  }

  /** The names of the objects under a prefix of keys, by the thousand. */
  private async *pages(prefix: string): AsyncGenerator<string[]> {
    const query = { Bucket: this.place.bucket, Prefix: this.place.folder + prefix };
    for await (const page of paginateListObjectsV2({ client: this.client }, query)) {
      const names = (page.Contents ?? []).map((object) => object.Key).filter((name) => name !== undefined);
      if (names.length > 0) yield names;
    }
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.place.folder + key };
  }
}

async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw s3Error(error);
  }
}
