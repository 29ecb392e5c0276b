import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Server } from '../../test/support/s3-server.js';
import { loadSettings } from '../config/load-settings.js';
import { createDocumentStore } from './create-document-store.js';
import { describeDocumentStore } from './document-store-conformance.js';
import type { KeptStore } from './create-document-store.js';

/** A real S3 server on loopback with one bucket, `documents`, noting what it is asked. */
class Bucket {
  readonly requests: string[] = [];
  private server!: ReturnType<typeof s3Server>;
  private folder!: string;
  private port = 0;

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'ocr-s3-'));
    this.server = s3Server(join(this.folder, 'bucket'));
    this.port = (await this.server.run()).port;
    this.server.httpServer.on('request', ({ method, url }: IncomingMessage) => this.requests.push(`${method} ${url}`));
  }

  async stop(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  store(more: Record<string, unknown> = {}): Promise<KeptStore> {
    return storeAt(this.port, { data_dir: join(this.folder, 'data'), ...more });
  }

  cachedFiles(): Promise<string[]> {
    return readdir(join(this.folder, 'data', 'cache'), { recursive: true }).then(
      (names) => names.filter((name) => name.includes('/')),
      () => [],
    );
  }
}

function storeAt(port: number, more: Record<string, unknown>): Promise<KeptStore> {
  const settings = {
    store_url: 's3://documents/some/folder',
    s3_endpoint: `http://127.0.0.1:${port}`,
    s3_access_key_id: 'S3RVER',
    s3_secret_access_key: 'S3RVER',
    s3_force_path_style: true,
    ...more,
  };
  return createDocumentStore(loadSettings(settings, {}, tmpdir()));
}

const conformance = new Bucket();
let conformanceStore: KeptStore;
describeDocumentStore(
  'S3DocumentStore',
  async () => {
    await conformance.start();
    conformanceStore = await conformance.store();
    return conformanceStore;
  },
  async () => {
    await conformanceStore.close();
    await conformance.stop();
  },
);

describe('S3DocumentStore', () => {
  const bucket = new Bucket();
  let store: KeptStore;

  beforeAll(async () => {
    await bucket.start();
    store = await bucket.store({ store_cache_mb: 1 });
  });
  afterAll(async () => {
    await store.close();
    await bucket.stop();
  });

  const fetchesOf = (key: string) => bucket.requests.filter((request) => request.startsWith(`GET /documents/some/folder/${key}`));
  const pathOf = (key: string) => store.withLocalFile(key, async (path) => path);

  it('works on while many callers take their time over downloads', async () => {
    await store.put('slow', Buffer.alloc(4 * 1024 * 1024));
    const downloads = await Promise.all(Array.from({ length: 120 }, () => store.stream('slow')));
    try {
      expect(await store.stat('slow')).toMatchObject({ size: 4 * 1024 * 1024 });
    } finally {
      for (const download of downloads) download.destroy();
      await store.deletePrefix('slow');
    }
  });

  it('keeps its keys under the prefix of the bucket, and sees no others', async () => {
    const beside = await bucket.store({ store_url: 's3://documents/some/folder2/' });
    await beside.put('t/beside', Buffer.from('x'));
    await store.put('t/a', Buffer.from('x'));
    expect(await Readable.from(store.list('')).toArray()).toEqual(['t/a']);
    expect(bucket.requests).toContainEqual(expect.stringMatching(/^PUT \/documents\/some\/folder\/t\/a/));
    await store.deletePrefix('t/');
    expect(await beside.stat('t/beside')).not.toBeNull();
    await beside.close();
  });

  it('sends large bodies in parts, and takes the parts back when the body fails', async () => {
    const block = Buffer.alloc(1024 * 1024);
    await store.put('parts', Readable.from(Array.from({ length: 17 }, () => block)));
    const sent = (part: number) =>
      bucket.requests.some((request) => request.startsWith('PUT') && request.includes(`partNumber=${part}&`));
    expect([1, 2, 3, 4].map(sent)).toEqual([true, true, true, false]);

    const failing = async function* () {
      for (let index = 0; index < 9; index++) yield block;
      throw new Error('the caller went away');
    };
    await expect(store.put('failing', Readable.from(failing()))).rejects.toThrow('the caller went away');
    expect(bucket.requests).toContainEqual(expect.stringMatching(/^DELETE \/documents\/some\/folder\/failing\?.*uploadId=/));
  });

  it('fetches a document once for all who use it, at the same time or later', async () => {
    await store.put('once', Buffer.alloc(100_000, 'x'));
    const contents = await Promise.all(
      Array.from({ length: 8 }, () => store.withLocalFile('once', (path) => readFile(path, 'latin1'))),
    );
    expect(new Set(contents)).toEqual(new Set(['x'.repeat(100_000)]));
    await pathOf('once');
    expect(fetchesOf('once')).toHaveLength(1);
  });

  it('lets go of what was unused for longest, never of what is in use', async () => {
    for (const key of ['lru/1', 'lru/2', 'lru/3']) await store.put(key, Buffer.alloc(500_000, key));
    await pathOf('lru/1');
    await pathOf('lru/2');
    await pathOf('lru/1');
    await pathOf('lru/3'); // no room for three: 2 goes
    await pathOf('lru/1');
    expect(fetchesOf('lru/1')).toHaveLength(1);
    await store.withLocalFile('lru/2', async (inUse) => {
      await pathOf('lru/3');
      await pathOf('lru/1');
      expect((await readFile(inUse)).equals(Buffer.alloc(500_000, 'lru/2'))).toBe(true);
    });
    expect(fetchesOf('lru/2')).toHaveLength(2);
    expect((await bucket.cachedFiles()).length).toBeLessThanOrEqual(2);
  });

  it('gives a document larger than the cache, and keeps it no longer than it is used', async () => {
    await store.put('huge', Buffer.alloc(2_000_000));
    const path = await store.withLocalFile('huge', async (inUse) => {
      expect((await readFile(inUse)).length).toBe(2_000_000);
      return inUse;
    });
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('tries again after a fetch that failed, and keeps nothing of it', async () => {
    await expect(pathOf('late')).rejects.toMatchObject({ code: 'storage_failed' });
    await store.put('late', Buffer.from('here now'));
    expect(await store.withLocalFile('late', (path) => readFile(path, 'utf8'))).toBe('here now');
  });

  it('tidies where the service has no list of uploads, and leaves no cache behind when closed', async () => {
    const other = await bucket.store();
    await other.put('tidy', Buffer.from('x'));
    const before = await bucket.cachedFiles();
    await other.withLocalFile('tidy', async () => undefined);
    expect((await bucket.cachedFiles()).length).toBe(before.length + 1);
    await other.tidy();
    await other.close();
    expect(await bucket.cachedFiles()).toEqual(before);
  });

  it('says at once that a bucket does not exist or may not be used', async () => {
    const noBucket = await bucket.store({ store_url: 's3://nowhere' });
    await expect(noBucket.check()).rejects.toMatchObject({ code: 'storage_failed', retryable: false });
    await noBucket.close();
    const noAccess = await bucket.store({ s3_access_key_id: 'nobody' });
    await expect(noAccess.check()).rejects.toMatchObject({ code: 'storage_failed', retryable: false });
    await noAccess.close();
  });
});

describe('S3DocumentStore at a service in trouble', () => {
  let server: Server;
  let store: KeptStore;
  let answer: { status: number; code: string };
  let requests = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests++;
      request.resume().on('end', () => {
        response.writeHead(answer.status, { 'content-type': 'application/xml' });
        response.end(`<?xml version="1.0"?><Error><Code>${answer.code}</Code><Message>no</Message></Error>`);
      });
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    store = await storeAt((server.address() as AddressInfo).port, {});
  });
  afterAll(async () => {
    await store.close();
    await new Promise((done) => server.close(done));
  });

  it.each([
    { status: 503, code: 'SlowDown', error: 'storage_failed', retryable: true, tries: 3 },
    { status: 500, code: 'InternalError', error: 'storage_failed', retryable: true, tries: 3 },
    { status: 403, code: 'AccessDenied', error: 'storage_failed', retryable: false, tries: 1 },
    { status: 403, code: 'QuotaExceeded', error: 'storage_full', retryable: true, tries: 1 },
    { status: 507, code: 'XMinioStorageFull', error: 'storage_full', retryable: true, tries: 1 },
  ])('turns $status $code into $error', async ({ status, code, error, retryable, tries }) => {
    answer = { status, code };
    requests = 0;
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: error, retryable });
    expect(requests).toBe(tries);
  });

  it('turns a service that cannot be reached into a retryable error', async () => {
    const gone = await storeAt(1, {});
    await expect(gone.read('a')).rejects.toMatchObject({ code: 'storage_failed', retryable: true });
    await gone.close();
  });
});
