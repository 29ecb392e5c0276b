import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount } from '../../test/support/can-mount.js';
import { describeDocumentStore } from './document-store-conformance.js';
import { LocalDocumentStore } from './local-document-store.js';

let conformanceFolder: string;
describeDocumentStore(
  'LocalDocumentStore',
  async () => {
    conformanceFolder = await mkdtemp(join(tmpdir(), 'ocr-store-'));
    return new LocalDocumentStore(join(conformanceFolder, 'made', 'on', 'demand'));
  },
  () => rm(conformanceFolder, { recursive: true }),
);

describe('LocalDocumentStore', () => {
  let root: string;
  let store: LocalDocumentStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ocr-store-'));
    store = new LocalDocumentStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const exists = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );

  it('shows readers one version or the other while it is replaced', async () => {
    const version = (letter: string) => letter.repeat(200_000);
    await store.put('t/a', Buffer.from(version('a')));
    const seen = new Set<string>();
    let writing = true;
    const reader = (async () => {
      while (writing) seen.add((await store.read('t/a')).toString());
    })();
    for (const letter of 'bcdefgh') await store.put('t/a', Buffer.from(version(letter)));
    writing = false;
    await reader;
    expect([...seen].filter((content) => content !== version(content.charAt(0)))).toEqual([]);
  });

  it('moves a file of its own file system, and copies what only links to one', async () => {
    const path = join(root, 'given');
    await writeFile(path, 'x');
    const { ino } = await stat(path);
    await store.putFile('a', path);
    expect((await stat(join(root, 'a'))).ino).toBe(ino);

    await writeFile(join(root, 'kept'), 'y');
    await symlink(join(root, 'kept'), path);
    await store.putFile('b', path);
    expect(await readdir(root)).toEqual(expect.arrayContaining(['b', 'kept']));
    expect(await exists(path)).toBe(false);
  });

  it('gives the stored file itself as the local file', async () => {
    await store.put('a/b', Buffer.from('x'));
    expect(await store.withLocalFile('a/b', async (path) => path)).toBe(join(root, 'a', 'b'));
  });

  it('prunes folders that became empty, but no others', async () => {
    await store.put('tasks/1/pages/1', Buffer.from('x'));
    await store.put('tasks/2/a', Buffer.from('x'));
    await store.deletePrefix('tasks/1/pages/');
    expect(await readdir(join(root, 'tasks'))).toEqual(['2']);
    await store.deletePrefix('tasks/2/');
    expect(await exists(join(root, 'tasks'))).toBe(false);
    expect(await exists(root)).toBe(true);
  });

  it('loses no put to the pruning of its folder', async () => {
    for (let round = 0; round < 50; round++) {
      await Promise.all([store.put('t/1/a', Buffer.from('x')), store.deletePrefix('t/2/'), store.deletePrefix('t/1/b')]);
      expect(await store.stat('t/1/a')).not.toBeNull();
      await store.deletePrefix('t/1/');
    }
  });

  it('removes unfinished files a day after the last write, not before', async () => {
    const unfinished = join(root, '.unfinished');
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'crashed'), 'x');
    await writeFile(join(unfinished, 'running'), 'x');
    const old = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(unfinished, 'crashed'), old, old);
    await store.tidy();
    expect(await readdir(unfinished)).toEqual(['running']);
  });

  it('leaves unfinished files and hidden ones out of listings', async () => {
    await store.put('a', Buffer.from('x'));
    await mkdir(join(root, '.unfinished'), { recursive: true });
    await writeFile(join(root, '.unfinished', 'x'), 'x');
    expect(await Readable.from(store.list('')).toArray()).toEqual(['a']);
  });

  it('says when its folder cannot be written to', async () => {
    await writeFile(join(root, 'file'), 'x');
    const below = new LocalDocumentStore(join(root, 'file', 'store'));
    await expect(below.check()).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(below.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'storage_failed' });
  });

  describe.skipIf(!canMount())('on a disk of one megabyte', () => {
    let disk: string;
    beforeEach(async () => {
      disk = join(root, 'disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    });
    afterEach(() => {
      execFileSync('umount', [disk]);
    });

    it('says when it is full, keeps what it had and gives the room back', async () => {
      const small = new LocalDocumentStore(join(disk, 'store'));
      await small.put('a', Buffer.alloc(300_000, 'a'));
      const blocks = () => Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(100_000)));
      await expect(small.put('a', blocks())).rejects.toMatchObject({ code: 'storage_full', retryable: true });
      expect((await small.read('a')).equals(Buffer.alloc(300_000, 'a'))).toBe(true);
      expect(await readdir(join(disk, 'store', '.unfinished'))).toEqual([]);
      await small.put('b', Buffer.alloc(500_000));
    });

    it('copies a file given from another file system', async () => {
      const path = join(root, 'given');
      await writeFile(path, 'from elsewhere');
      const small = new LocalDocumentStore(join(disk, 'store'));
      expect(await small.putFile('t/a', path)).toMatchObject({ key: 't/a', size: 14 });
      expect((await small.read('t/a')).toString()).toBe('from elsewhere');
      expect(await exists(path)).toBe(false);

      await writeFile(path, Buffer.alloc(2_000_000));
      await expect(small.putFile('t/b', path)).rejects.toMatchObject({ code: 'storage_full' });
      expect(await exists(path)).toBe(true);
    });
  });
});
