import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore } from './document-store.js';

const MEGABYTE = 1024 * 1024;

/**
 * What every DocumentStore must do; each implementation's spec runs it.
 * @param open gives a store with nothing in it. @param close lets go of it.
 */
export function describeDocumentStore(name: string, open: () => Promise<DocumentStore>, close: () => Promise<void>): void {
  describe(`${name} as a DocumentStore`, () => {
    let store: DocumentStore;
    let folder: string;

    beforeAll(async () => {
      store = await open();
      folder = await mkdtemp(join(tmpdir(), 'ocr-store-'));
    });
    afterEach(() => store.deletePrefix('t/'));
    afterAll(async () => {
      await close();
      await rm(folder, { recursive: true });
    });

    const keys = async (prefix: string) => (await Readable.from(store.list(prefix)).toArray()).sort();
    const text = async (key: string) => (await store.read(key)).toString();

    it('gives back what was put, with its size and digest', async () => {
      const bytes = randomBytes(100_000);
      const stored = await store.put('t/1/source.pdf', bytes);
      expect(stored).toEqual({
        key: 't/1/source.pdf',
        size: 100_000,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
      expect((await store.read('t/1/source.pdf')).equals(bytes)).toBe(true);
      expect(await store.stat('t/1/source.pdf')).toEqual({ size: 100_000, modified: expect.any(Date) });
    });

    it('keeps nothing as nothing: an empty artifact exists', async () => {
      expect((await store.put('t/empty', Readable.from([]))).size).toBe(0);
      expect(await store.stat('t/empty')).toMatchObject({ size: 0 });
      expect((await store.read('t/empty')).length).toBe(0);
    });

    it('streams bodies of many megabytes', async () => {
      const blocks = Array.from({ length: 20 }, (_, index) => Buffer.alloc(MEGABYTE, index));
      const stored = await store.put('t/large', Readable.from(blocks));
      expect(stored.size).toBe(20 * MEGABYTE);
      const digest = createHash('sha256');
      for await (const chunk of await store.stream('t/large')) digest.update(chunk);
      expect(digest.digest('hex')).toBe(stored.sha256);
    });

    it('replaces an artifact as a whole', async () => {
      await store.put('t/a', Buffer.from('the longer first version'));
      await store.put('t/a', Buffer.from('second'));
      expect(await text('t/a')).toBe('second');
    });

    it('keeps the old version, and nothing else, when a body fails half way', async () => {
      await store.put('t/a', Buffer.from('old'));
      const failing = async function* () {
        for (let block = 0; block < 12; block++) yield Buffer.alloc(MEGABYTE);
        throw new Error('the caller went away');
      };
      await expect(store.put('t/a', Readable.from(failing()))).rejects.toThrow('the caller went away');
      expect(await text('t/a')).toBe('old');
      expect(await keys('t/')).toEqual(['t/a']);
    });

    it('refuses a body over maxBytes, of one chunk or of many', async () => {
      const refused = expect.objectContaining({ code: 'document_too_large' });
      await expect(store.put('t/a', Buffer.alloc(11), { maxBytes: 10 })).rejects.toEqual(refused);
      const many = Readable.from([Buffer.alloc(6), Buffer.alloc(6)]);
      await expect(store.put('t/a', many, { maxBytes: 10 })).rejects.toEqual(refused);
      expect(many.destroyed).toBe(true);
      expect(await keys('t/')).toEqual([]);
      expect((await store.put('t/a', Buffer.alloc(10), { maxBytes: 10 })).size).toBe(10);
    });

    it('stops a put when told to, even while the body is silent', async () => {
      const silent = new Readable({ read() {} });
      silent.push(Buffer.alloc(1000));
      const abort = new AbortController();
      const put = store.put('t/a', silent, { signal: abort.signal });
      const reason = new Error('cancelled');
      setImmediate(() => abort.abort(reason));
      await expect(put).rejects.toBe(reason);
      expect(silent.destroyed).toBe(true);
      expect(await store.stat('t/a')).toBeNull();
    });

    it('takes nothing from a caller that has already stopped', async () => {
      const body = Readable.from([Buffer.from('x')]);
      await expect(store.put('t/a', body, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
      expect(body.destroyed).toBe(true);
      expect(await store.stat('t/a')).toBeNull();
    });

    it('takes a file over: it is stored, and gone from where it was', async () => {
      const path = join(folder, 'result.pdf');
      await writeFile(path, 'a result');
      const stored = await store.putFile('t/1/result.pdf', path);
      expect(stored).toEqual({ key: 't/1/result.pdf', size: 8, sha256: createHash('sha256').update('a result').digest('hex') });
      expect(await text('t/1/result.pdf')).toBe('a result');
      await expect(stat(path)).rejects.toThrow('ENOENT');
    });

    it('reads ranges as HTTP means them', async () => {
      await store.put('t/a', Buffer.from('0123456789'));
      const range = async (start: number, end: number) => (await (await store.stream('t/a', { start, end })).toArray()).join('');
      expect(await range(0, 1)).toBe('01');
      expect(await range(4, 4)).toBe('4');
      expect(await range(3, 6)).toBe('3456');
      expect(await range(8, 1000)).toBe('89');
      await expect(store.stream('t/a', { start: 10, end: 12 })).rejects.toMatchObject({ code: 'range_not_satisfiable' });
      await expect(store.stream('t/a', { start: 5, end: 4 })).rejects.toMatchObject({ code: 'range_not_satisfiable' });
    });

    it('tells what is missing', async () => {
      const failed = expect.objectContaining({ code: 'storage_failed' });
      expect(await store.stat('t/none')).toBeNull();
      await expect(store.read('t/none')).rejects.toEqual(failed);
      await expect(store.stream('t/none')).rejects.toEqual(failed);
      await expect(store.withLocalFile('t/none', async () => 1)).rejects.toEqual(failed);
      await expect(store.putFile('t/none', join(folder, 'none'))).rejects.toEqual(failed);
    });

    it('gives an artifact as a local file, in the version of the moment', async () => {
      await store.put('t/a', Buffer.from('first'));
      const read = () => store.withLocalFile('t/a', (path) => readFile(path, 'utf8'));
      expect(await Promise.all([read(), read(), read()])).toEqual(['first', 'first', 'first']);
      await store.put('t/a', Buffer.from('second'));
      expect(await read()).toBe('second');
      await expect(store.withLocalFile('t/a', () => Promise.reject(new Error('of the user')))).rejects.toThrow('of the user');
    });

    it('lists and deletes by prefix, which need not end at a slash', async () => {
      for (const key of ['t/1/a', 't/1/pages/1', 't/1/pages/2', 't/12/a', 't/2/a']) await store.put(key, Buffer.from(key));
      expect(await keys('t/1')).toEqual(['t/1/a', 't/1/pages/1', 't/1/pages/2', 't/12/a']);
      expect(await keys('t/1/pages/')).toEqual(['t/1/pages/1', 't/1/pages/2']);
      expect(await keys('t/3/')).toEqual([]);
      expect(await keys('')).toEqual(['t/1/a', 't/1/pages/1', 't/1/pages/2', 't/12/a', 't/2/a']);
      await store.deletePrefix('t/1/');
      expect(await keys('')).toEqual(['t/12/a', 't/2/a']);
      await store.deletePrefix('t/1/');
      await store.deletePrefix('t/1');
      expect(await keys('')).toEqual(['t/2/a']);
      await store.deletePrefix('t/2/a');
      expect(await keys('')).toEqual([]);
    });

    it('tells what lies under a prefix, without what lies deeper', async () => {
      for (const key of ['t/1/a', 't/1/pages/1', 't/12/a', 't/a', 't/2/pages/1']) await store.put(key, Buffer.from(key));
      const folders = async (prefix: string) => (await Readable.from(store.folders(prefix)).toArray()).sort();
      expect(await folders('t/')).toEqual(['t/1/', 't/12/', 't/2/']);
      expect(await folders('t/1/')).toEqual(['t/1/pages/']);
      expect(await folders('t/3/')).toEqual([]);
      expect(await folders('')).toEqual(['t/']);
    });

    it('never deletes everything by an empty prefix', async () => {
      await store.put('t/a', Buffer.from('x'));
      await expect(store.deletePrefix('')).rejects.toMatchObject({ code: 'storage_failed' });
      expect(await keys('')).toEqual(['t/a']);
    });

    it.each([
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      'a/./b',
      '.hidden',
      'a/.hidden',
      'a\0b',
      'a\\b',
      'a b',
      'é',
      'x'.repeat(900),
    ])('refuses the key %j everywhere', async (key) => {
      const refused = expect.objectContaining({ code: 'storage_failed', retryable: false });
      const body = Readable.from([Buffer.from('x')]);
      await expect(store.put(key, body)).rejects.toEqual(refused);
      expect(body.destroyed).toBe(true);
      await expect(store.read(key)).rejects.toEqual(refused);
      await expect(store.stat(key)).rejects.toEqual(refused);
      await expect(store.stream(key)).rejects.toEqual(refused);
      await expect(store.withLocalFile(key, async () => 1)).rejects.toEqual(refused);
      await expect(store.putFile(key, join(folder, 'never-touched'))).rejects.toEqual(refused);
    });

    it.each(['/', '../', 't/../', 't//', '.', 't/.'])('refuses the prefix %j', async (prefix) => {
      await expect(store.deletePrefix(prefix)).rejects.toMatchObject({ code: 'storage_failed', retryable: false });
      await expect(keys(prefix)).rejects.toMatchObject({ code: 'storage_failed', retryable: false });
    });

    it('says that it can be written to, leaving no trace', async () => {
      await store.check();
      expect(await keys('')).toEqual([]);
    });
  });
}
