import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, opendir, readdir, readFile, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { OcrError } from '../errors/ocr-error.js';
import { freeMemory } from '../threads/free-memory.js';
import type { ByteRange, DocumentStore, PutOptions, StoredArtifact } from './document-store.js';
import { moveDurably, writeDurably } from './durable-file.js';
import { errorCode, fileError, isMissing, nullWhenMissing } from './file-errors.js';
import { MeasuredBody } from './measured-body.js';
import { removeOldFiles } from './remove-old-files.js';
import { assertRange } from './byte-range.js';
import { assertKey, assertPrefix } from './store-key.js';
import { measureFile, readWhole } from './whole-file.js';

/** Unfinished files lie in this folder of the store: on its file system, and out of reach of every key. */
const UNFINISHED = '.unfinished';

/** Milliseconds after which an unfinished file nobody wrote to is what a crashed process left. */
const UNFINISHED_MAX_AGE = 24 * 3600 * 1000;
/** Bytes a check writes: about a page's result. */
const CHECK_BYTES = 65_536;

/**
 * The DocumentStore on a folder: a key is a path under it. Several processes, on several machines when the folder is shared, may
 * use one folder at the same time. A key cannot also be the folder of other keys (`a` and `a/b`).
 *
 * A `put` writes to an unfinished file, syncs it, and renames it: what is found under a key is whole, also after a power cut.
 */
export class LocalDocumentStore implements DocumentStore {
  private readonly root: string;
  private readonly unfinished: string;

  /** @param root path of the folder; made when first written to. */
  constructor(root: string) {
    this.root = resolve(root);
    this.unfinished = join(this.root, UNFINISHED);
  }

  /** An error of `body` itself passes through unchanged. */
  async put(key: string, body: Readable | Uint8Array, options: PutOptions = {}): Promise<StoredArtifact> {
    const measured = new MeasuredBody(body, options);
    try {
      const target = this.pathOf(key);
      const temporary = await this.temporaryPath();
      await writeDurably(temporary, measured, 'storage_failed');
      await this.publish(temporary, target);
    } catch (error) {
      measured.discard();
      throw error;
    }
    if (options.givenAway && body instanceof Uint8Array) freeMemory(body);
    return { key, size: measured.size, sha256: measured.digest() };
  }

  /** Moves the file when it lies on the same file system, else copies it and removes the original. */
  async putFile(key: string, path: string): Promise<StoredArtifact> {
    const target = this.pathOf(key);
    const facts = await storing(async () => {
      if (!(await lstat(path)).isFile()) return null;
      return this.moveFile(key, path, target);
    });
    if (facts !== null) return facts;
    const copied = await this.put(key, readWhole(path)).catch((error: unknown) => {
      throw fileError(error, 'storage_failed');
    });
    await storing(() => rm(path, { force: true }));
    return copied;
  }

  async stat(key: string): Promise<{ size: number; modified: Date } | null> {
    const path = this.pathOf(key);
    return storing(async () => {
      const found = await stat(path).catch(nullWhenMissing);
      return found?.isFile() === true ? { size: found.size, modified: found.mtime } : null;
    });
  }

  async read(key: string): Promise<Buffer> {
    const path = this.pathOf(key);
    return storing(() => readFile(path));
  }

  async stream(key: string, range?: ByteRange): Promise<Readable> {
    const path = this.pathOf(key);
    return storing(async () => {
      const handle = await open(path, 'r');
      try {
        assertRange(range, await sizeOf(handle));
        return handle.createReadStream(range === undefined ? {} : { start: range.start, end: range.end });
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /** Gives the stored file itself: nothing is copied. */
  async withLocalFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T> {
    const path = this.pathOf(key);
    await storing(async () => {
      if (!(await stat(path)).isFile()) throw new Error('not a file');
    });
    return use(path);
  }

  async deletePrefix(prefix: string): Promise<void> {
    const { folder, beginning } = this.splitPrefix(prefix);
    if (prefix === '')
      throw new OcrError('storage_failed', { retryable: false, cause: new Error('would delete the whole store') });
    await storing(async () => {
      const names = (await readdir(folder).catch(nullWhenMissing)) ?? [];
      for (const name of names) {
        if (!name.startsWith(beginning) || name.startsWith('.')) continue;
        await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
      }
      await this.pruneEmpty(folder);
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    const { folder, beginning } = this.splitPrefix(prefix);
    const above = prefix.slice(0, prefix.length - beginning.length);
    try {
      for await (const entry of entriesOf(folder)) {
        if (!entry.name.startsWith(beginning) || entry.name.startsWith('.')) continue;
        if (entry.isDirectory()) yield* this.list(`${above}${entry.name}/`);
        else if (entry.isFile()) yield `${above}${entry.name}`;
      }
    } catch (error) {
      throw fileError(error, 'storage_failed');
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    const { folder } = this.splitPrefix(prefix);
    try {
      for await (const entry of entriesOf(folder)) {
        if (entry.isDirectory() && !entry.name.startsWith('.')) yield `${prefix}${entry.name}/`;
      }
    } catch (error) {
      throw fileError(error, 'storage_failed');
    }
  }

  /** Writes and removes a file as large as a page's result. */
  async check(): Promise<void> {
    const temporary = await this.temporaryPath();
    await writeDurably(temporary, new MeasuredBody(Buffer.alloc(CHECK_BYTES)), 'storage_failed');
    await storing(() => rm(temporary, { force: true }));
  }

  /** Removes the unfinished files that crashed processes left behind, known by their age. */
  async tidy(now: number = Date.now()): Promise<void> {
    await storing(() => removeOldFiles(this.unfinished, now - UNFINISHED_MAX_AGE));
  }

  /** Nothing is held between two calls. */
  async close(): Promise<void> {}

  private async moveFile(key: string, path: string, target: string): Promise<StoredArtifact | null> {
    const { size, sha256 } = await measureFile(path);
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      await moveDurably(path, target);
    } catch (error) {
      if (errorCode(error) === 'EXDEV') return null;
      throw error;
    }
    return { key, size, sha256 };
  }

  private async publish(temporary: string, target: string): Promise<void> {
    try {
      await moveDurably(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw fileError(error, 'storage_failed');
    }
  }

  private async temporaryPath(): Promise<string> {
    await storing(() => mkdir(this.unfinished, { recursive: true }));
    return join(this.unfinished, randomUUID());
  }

  /** Removes `folder` and those above it while they are empty, never the root. */
  private async pruneEmpty(folder: string): Promise<void> {
    for (let current = folder; current !== this.root; current = dirname(current)) {
      try {
        await rmdir(current);
      } catch (error) {
        if (isMissing(error)) continue;
        // Not empty: somebody keeps, or just put, something here.
        if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return;
        throw error;
      }
    }
  }

  private pathOf(key: string): string {
    assertKey(key);
    return join(this.root, key);
  }

  private splitPrefix(prefix: string): { folder: string; beginning: string } {
    assertPrefix(prefix);
    const slash = prefix.lastIndexOf('/');
    return { folder: slash < 0 ? this.root : join(this.root, prefix.slice(0, slash)), beginning: prefix.slice(slash + 1) };
  }
}

/** Runs work on the disk, its errors becoming those of the store. */
async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, 'storage_failed');
  }
}

/** The entries of a folder; none when it does not exist. */
async function* entriesOf(folder: string) {
  const directory = await opendir(folder).catch(nullWhenMissing);
  if (directory !== null) yield* directory;
}

async function sizeOf(handle: FileHandle): Promise<number> {
  const facts = await handle.stat();
  if (!facts.isFile()) throw new Error('not a file');
  return facts.size;
}
